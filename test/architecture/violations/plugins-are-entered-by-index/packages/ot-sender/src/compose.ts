import { schema } from "./drivers/modbus/config.ts";
import { schema as same } from "./drivers/modbus/index.ts";
export const mine = [schema, same];
