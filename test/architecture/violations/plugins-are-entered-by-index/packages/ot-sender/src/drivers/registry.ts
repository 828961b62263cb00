import { schema } from "./modbus/index.ts";
export const registry = [schema];
