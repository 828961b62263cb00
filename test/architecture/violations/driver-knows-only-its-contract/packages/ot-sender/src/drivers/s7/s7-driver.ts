import type { Driver } from "../driver.ts";
import { scale } from "../../tag/scale.ts";
import { one } from "../../../../wire-format/src/index.ts";
export const driver: Driver = { kind: `s7 ${scale} ${one}` };
