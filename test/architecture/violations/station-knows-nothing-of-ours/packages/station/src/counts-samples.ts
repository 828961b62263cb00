// violates station-knows-nothing-of-ours
import type { Sample } from "../../wire-format/src/index.ts";
export type Mine = Sample;
