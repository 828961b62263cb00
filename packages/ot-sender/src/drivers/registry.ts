/** The list of drivers. A new one is entered here and nowhere else.
 *  drivers → [registry] → config, scan, read command */
import type { DriverFactory } from "./driver.ts";
import { ethernetIp } from "./ethernet-ip/index.ts";
import { modbus, modbusRtu, modbusRtuOverTcp } from "./modbus/index.ts";
import { mqtt } from "./mqtt/index.ts";
import { opcua } from "./opcua/index.ts";
import { rest } from "./rest/index.ts";
import { s7 } from "./s7/index.ts";

const FACTORIES: readonly DriverFactory[] = [
  modbus,
  modbusRtu,
  modbusRtuOverTcp,
  s7,
  ethernetIp,
  opcua,
  rest,
  mqtt,
].map((factory) => factory as DriverFactory);

export const DRIVERS: ReadonlyMap<string, DriverFactory> = new Map(FACTORIES.map((factory) => [factory.name, factory]));
