// violates no-deep-imports
import { seal } from "../../wire-format/src/block/seal-block.ts";
export const mine = seal;
