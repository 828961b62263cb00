/** The memory of a simulated CPU at one instant: which variable lies where, and what a read of a range answers.
 *  signals → [CPU memory] → answer job */
import { type HeldValue, holdAs, type ServedPart } from "../held-value.ts";
import type { Signal } from "../signals/signal.ts";
import type { DeviceSurroundings } from "../simulated-device.ts";
import { placeVariable } from "./place-variable.ts";
import { ITEM_CODES } from "./s7-fault.ts";
import type { AreaName } from "./s7-range.ts";
import type { AreaSettings, S7Settings, VariableSettings } from "./s7-section.ts";
import { bytesOf, heldTypeOf, type S7Type, writeValue } from "./s7-type.ts";

interface Placement {
  readonly byte: number;
  readonly bytes: number;
  readonly bit: number | undefined;
  readonly type: S7Type;
  readonly length: number;
  readonly scale: number;
  readonly register: string;
  readonly name: string;
  readonly signal: Signal;
  /** Of the last instant asked for: several requests of one cycle cost one evaluation. */
  heldAtMs: number;
  held: HeldValue;
}

interface AreaMemory {
  readonly settings: AreaSettings;
  readonly memory: Buffer;
  /** By byte: the placements that touch it. */
  readonly cells: Map<number, Placement[]>;
}

export interface MemoryRead {
  readonly bytes: Uint8Array;
  /** Variables that lie in the range with all their bytes. Empty unless `describe` was asked for. */
  readonly values: readonly ServedPart[];
  readonly valueCount: number;
}

/** Return code instead of bytes. */
export type MemoryRefusal = { readonly code: number };

export class CpuMemory {
  readonly #areas = new Map<AreaName, AreaMemory>();

  /** @throws {StationError} CONFIG_RECORDING */
  constructor(settings: S7Settings, surroundings: DeviceSurroundings) {
    for (const area of settings.areas) {
      const memory = Buffer.alloc(area.bytes);
      const name = area.area as AreaName;
      if (area.fill === "echo") for (let at = 0; at < area.bytes; at++) memory[at] = ownByte(name, at);
      this.#areas.set(name, { settings: area, memory, cells: new Map() });
    }
    for (const variable of settings.variables)
      for (let copy = 0; copy < variable.count; copy++) this.#place(settings.name, variable, copy, surroundings);
  }

  /** Read `count` bytes as they are at `timeMs`. Cost: O(count) and one evaluation per variable not yet evaluated for this instant. */
  read(area: AreaName, first: number, count: number, timeMs: number, describe: boolean): MemoryRead | MemoryRefusal {
    const found = this.#areas.get(area);
    if (found === undefined) return { code: ITEM_CODES["no-such-block"] };
    const { settings, memory, cells } = found;
    if (settings.access === "optimized" || first + count > memory.length) return { code: ITEM_CODES["out-of-range"] };
    const touched = new Set<Placement>();
    for (let at = first; at < first + count; at++) for (const placement of cells.get(at) ?? []) touched.add(placement);
    const values: ServedPart[] = [];
    let valueCount = 0;
    for (const placement of touched) {
      evaluate(placement, memory, timeMs);
      if (placement.byte < first || placement.byte + placement.bytes > first + count) continue;
      valueCount++;
      const { register, name, type, held: value } = placement;
      if (describe) values.push({ register, name, type: heldTypeOf(type), value });
    }
    return { bytes: memory.subarray(first, first + count), values, valueCount };
  }

  #place(device: string, variable: VariableSettings, copy: number, surroundings: DeviceSurroundings): void {
    const { at, length, scale, count, name, signal } = variable;
    const { type, strideBits, firstBit } = placeVariable(variable);
    const firstOfCopy = firstBit + copy * strideBits;
    const byte = firstOfCopy >> 3;
    const bit = type === "BOOL" ? firstOfCopy & 7 : undefined;
    const register = bit === undefined ? `${at.area}.${byte}` : `${at.area}.${byte}.${bit}`;
    const placement: Placement = {
      byte,
      bytes: bytesOf(type, length),
      bit,
      type,
      length,
      scale,
      register,
      name: name === undefined ? register : count === 1 ? name : `${name}/${copy}`,
      signal: surroundings.signalOf(signal, heldTypeOf(type), `${device}/${register}`, copy),
      heldAtMs: Number.NaN,
      held: 0,
    };
    // A scenario that passed its check has every area it names.
    const { cells } = this.#areas.get(at.area)!;
    for (let each = byte; each < byte + placement.bytes; each++) {
      const cell = cells.get(each);
      if (cell === undefined) cells.set(each, [placement]);
      else cell.push(placement);
    }
  }
}

function evaluate(placement: Placement, memory: Buffer, timeMs: number): void {
  if (placement.heldAtMs === timeMs) return;
  const { type, length, scale, signal, byte, bit } = placement;
  placement.heldAtMs = timeMs;
  placement.held = holdAs(heldTypeOf(type), length, signal.at(timeMs), scale);
  const bytes = writeValue(type, length, placement.held);
  if (bit === undefined) bytes.copy(memory, byte);
  else memory[byte] = (memory[byte]! & ~(1 << bit)) | (bytes[0]! << bit);
}

/** Every word at an even byte holds its own address, plus 257 times the number of its data block, modulo 65,536. */
function ownByte(area: AreaName, at: number): number {
  const db = area.startsWith("DB") ? Number(area.slice(2)) : 0;
  const word = ((at & ~1) + db * 257) & 0xffff;
  return at % 2 === 0 ? word >> 8 : word & 0xff;
}
