// violates plugins-are-entered-by-index
import { schema } from "../drivers/modbus/config.ts";
export const mine = schema;
