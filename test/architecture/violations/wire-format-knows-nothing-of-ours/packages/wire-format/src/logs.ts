// violates wire-format-knows-nothing-of-ours
import type { Clock } from "../../station/src/index.ts";
export type Mine = Clock;
