/** A PLC by pymodbus, for tests with an independent implementation of Modbus TCP and RTU.
 *  image → pymodbus-plc.py → [pymodbus] → driver under test */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ByteOrder } from "../../packages/ot-sender/src/drivers/modbus/byte-order.ts";
import { startProgram } from "./child-program.ts";
import { startDebianServer } from "./debian-program.ts";
import { freeTcpPort } from "./free-port.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface PlcItem {
  readonly at: number;
  readonly type: string; // as in pymodbus-plc.py
  readonly value: string;
  readonly order?: ByteOrder;
}
export interface PlcTables {
  readonly hr?: readonly PlcItem[];
  readonly ir?: readonly PlcItem[];
  readonly co?: Readonly<Record<number, boolean>>;
  readonly di?: Readonly<Record<number, boolean>>;
}

/** Debian's own Python: another one on the path does not see Debian's pymodbus. */
const PYTHON = "/usr/bin/python3";
const PLC = new URL("./pymodbus-plc.py", import.meta.url).pathname;

/** Served until the test ends. */
export async function startPlc(image: Readonly<Record<number, PlcTables>>): Promise<{ host: string; port: number }> {
  const port = await freeTcpPort();
  const file = join(temporaryFolder(), "image.json");
  writeFileSync(file, JSON.stringify(image));
  await startDebianServer(PYTHON, [PLC, String(port), file], port);
  return { host: "127.0.0.1", port };
}

/** The same on one end of a serial line. Whether it answers yet, the test finds out by reading. */
export function startSerialPlc(path: string, image: Readonly<Record<number, PlcTables>>): void {
  const file = join(temporaryFolder(), "image.json");
  writeFileSync(file, JSON.stringify(image));
  startProgram([PLC, path, file], { command: PYTHON });
}
