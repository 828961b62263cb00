/** The list of drivers. A new one is entered here and nowhere else.
 *  drivers → [registry] → config, scan, read command */
import type { DriverFactory } from "./driver.ts";
import { ethernetIp } from "./ethernet-ip/index.ts";
import { modbus } from "./modbus/index.ts";

const FACTORIES: readonly DriverFactory[] = [modbus as DriverFactory, ethernetIp as DriverFactory];

export const DRIVERS: ReadonlyMap<string, DriverFactory> = new Map(FACTORIES.map((factory) => [factory.name, factory]));
