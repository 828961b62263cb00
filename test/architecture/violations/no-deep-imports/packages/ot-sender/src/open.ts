import { seal } from "../../wire-format/src/index.ts";
export const mine = seal;
