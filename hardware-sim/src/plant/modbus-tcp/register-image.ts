/** The registers of one unit at one instant: which value lies where, and what a read of a range answers.
 *  signals → [register image] → Modbus reply */
import { type HeldValue, holdAs, type ServedPart } from "../held-value.ts";
import type { Signal } from "../signals/signal.ts";
import type { DeviceSurroundings } from "../simulated-device.ts";
import { MODBUS_EXCEPTIONS } from "./modbus-fault.ts";
import type { ModbusSettings, RegisterSettings, UnitSettings } from "./modbus-section.ts";
import { placeRegister } from "./place-register.ts";
import { isBitTable, overlaps, type Table } from "./register-address.ts";
import { type ByteOrder, type ByteOrder64, type RegisterForm, registersOf } from "./register-value.ts";

interface ByteOrders {
  readonly byteOrder?: ByteOrder | undefined;
  readonly byteOrder64?: ByteOrder64 | undefined;
}

/** One value of the image. */
interface Placement {
  readonly address: number;
  readonly width: number;
  readonly bit: number | undefined;
  readonly register: string;
  readonly name: string;
  readonly form: RegisterForm;
  readonly scale: number;
  readonly signal: Signal;
  /** Of the last instant asked for: several requests of one cycle cost one evaluation. */
  heldAtMs: number;
  held: HeldValue;
  registers: readonly number[];
}

export interface ImageRead {
  /** Registers 0 … 65535, or bits 0 and 1. */
  readonly registers: readonly number[];
  /** Values that lie in the range with all their registers. Empty unless `describe` was asked for. */
  readonly values: readonly ServedPart[];
  /** How many those are, described or not. */
  readonly valueCount: number;
}

/** Exception code of Modbus instead of an answer. */
export type ImageRefusal = { readonly exception: number };

export class RegisterImage {
  readonly #tables: Readonly<Record<Table, Map<number, Placement[]>>> = {
    hr: new Map(),
    ir: new Map(),
    co: new Map(),
    di: new Map(),
  };
  readonly #settings: UnitSettings;

  /** @throws {StationError} CONFIG_RECORDING */
  constructor(device: ModbusSettings, settings: UnitSettings, surroundings: DeviceSurroundings) {
    this.#settings = settings;
    for (const register of settings.registers) {
      for (let copy = 0; copy < register.count; copy++) this.#place(register, copy, device, surroundings);
    }
  }

  /**
   * Read `count` registers (or bits) as they are at `timeMs`.
   * Cost: O(count) and one evaluation per value not yet evaluated for this instant.
   */
  read(table: Table, first: number, count: number, timeMs: number, describe: boolean): ImageRead | ImageRefusal {
    const { illegal, echo, unmapped, maxRegisters } = this.#settings;
    const last = first + count - 1;
    if (!isBitTable(table) && count > maxRegisters) return { exception: MODBUS_EXCEPTIONS["illegal-data-value"] };
    if (last > 65_535) return { exception: MODBUS_EXCEPTIONS["illegal-data-address"] };
    if (illegal.some((range) => overlaps(range, table, first, last)))
      return { exception: MODBUS_EXCEPTIONS["illegal-data-address"] };
    const cells = this.#tables[table];
    const registers: number[] = [];
    const values: ServedPart[] = [];
    let valueCount = 0;
    for (let address = first; address <= last; address++) {
      const placements = cells.get(address);
      if (placements === undefined) {
        const own = unmapped === "echo" || echo.some((range) => overlaps(range, table, address, address));
        if (!own && unmapped === "exception") return { exception: MODBUS_EXCEPTIONS["illegal-data-address"] };
        const value = own ? ownAddress(table, address) : 0;
        registers.push(value);
        valueCount++;
        if (describe) values.push(describeEcho(table, address, value));
        continue;
      }
      let word = 0;
      for (const placement of placements) {
        evaluate(placement, timeMs);
        const part = placement.registers[address - placement.address] ?? 0;
        word |= placement.bit === undefined ? part : part << wireBitOf(placement.bit, placement.form);
        if (address !== placement.address || address + placement.width - 1 > last) continue;
        valueCount++;
        if (describe)
          values.push({
            register: placement.register,
            name: placement.name,
            type: placement.form.type,
            value: placement.held,
          });
      }
      registers.push(word);
    }
    return { registers, values, valueCount };
  }

  #place(register: RegisterSettings, copy: number, device: ModbusSettings, surroundings: DeviceSurroundings): void {
    const { at, scale, length, signal } = register;
    const { type, width } = placeRegister(register);
    const address = at.address + copy * width;
    const bit = at.bit;
    const registerName = bit === undefined ? `${at.table}:${address}` : `${at.table}:${address}.${bit}`;
    const randomness = `${device.name}/${this.#settings.unit}/${registerName}`;
    const placement: Placement = {
      address,
      width,
      bit,
      register: registerName,
      name:
        register.name === undefined ? registerName : register.count === 1 ? register.name : `${register.name}/${copy}`,
      form: { type, length, ...byteOrdersOf(register, this.#settings, device) },
      scale,
      signal: surroundings.signalOf(signal, type, randomness, copy),
      heldAtMs: Number.NaN,
      held: 0,
      registers: [],
    };
    const cells = this.#tables[at.table];
    for (let offset = 0; offset < width; offset++) {
      const cell = cells.get(address + offset);
      if (cell === undefined) cells.set(address + offset, [placement]);
      else cell.push(placement);
    }
  }
}

function evaluate(placement: Placement, timeMs: number): void {
  if (placement.heldAtMs === timeMs) return;
  const { form, scale, signal } = placement;
  placement.heldAtMs = timeMs;
  placement.held = holdAs(form.type, form.length, signal.at(timeMs), scale);
  placement.registers = registersOf(form, placement.held);
}

/** A device that swaps the bytes of its registers swaps those with bits in them too: bit 3 comes over the wire as bit 11. */
function wireBitOf(bit: number, { byteOrder }: RegisterForm): number {
  return byteOrder === "BADC" || byteOrder === "DCBA" ? bit ^ 8 : bit;
}

/** The nearest one counts; a byteOrder that is nearer than a byteOrder64 widens by itself. */
function byteOrdersOf(...nearestFirst: readonly ByteOrders[]): Pick<RegisterForm, "byteOrder" | "byteOrder64"> {
  const nearest = nearestFirst.find(
    ({ byteOrder, byteOrder64 }) => byteOrder !== undefined || byteOrder64 !== undefined,
  );
  const byteOrder = nearestFirst.find((orders) => orders.byteOrder !== undefined)?.byteOrder ?? "ABCD";
  return { byteOrder, byteOrder64: nearest?.byteOrder64 };
}

/** A bit cannot hold its address: it holds its parity, which differs between most neighbours that could be confused. */
export function ownAddress(table: Table, address: number): number {
  if (!isBitTable(table)) return address;
  let bits = address;
  bits ^= bits >> 8;
  bits ^= bits >> 4;
  bits ^= bits >> 2;
  bits ^= bits >> 1;
  return bits & 1;
}

function describeEcho(table: Table, address: number, value: number): ServedPart {
  const register = `${table}:${address}`;
  return isBitTable(table)
    ? { register, name: register, type: "BOOLEAN", value: value === 1 }
    : { register, name: register, type: "UINT16", value };
}
