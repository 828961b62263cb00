import { one } from "../../packages/wire-format/src/index.ts";
export const mine = one;
