/** Where a register entry of a scenario lies: its type and the addresses it covers.
 *  modbus section → [place register] → find mistakes, register image */
import type { RegisterSettings } from "./modbus-section.ts";
import { isBitTable } from "./register-address.ts";
import { type RegisterType, widthOf } from "./register-value.ts";

export interface RegisterPlace {
  readonly type: RegisterType;
  /** Registers (or bits) of one of the `count` values. */
  readonly width: number;
  readonly first: number;
  /** Of the last value, included; may be beyond 65,535 in a scenario that has not been checked. */
  readonly last: number;
}

export function placeRegister({ at, type: wanted, length, count }: RegisterSettings): RegisterPlace {
  const type = wanted ?? (isBitTable(at.table) || at.bit !== undefined ? "BOOLEAN" : "UINT16");
  const width = widthOf(type, length);
  return { type, width, first: at.address, last: at.address + width * count - 1 };
}
