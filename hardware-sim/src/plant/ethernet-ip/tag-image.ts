/** The bytes of one controller tag at one instant, and which value each of them shows.
 *  signals → [tag image] → tag services */
import type { SignalValue } from "../signals/signal.ts";
import { atomic, type ControllerType, isText, type StructureType } from "./controller-type.ts";

/** A value of its own within an element: the element itself, or a member of a member. */
export interface Leaf {
  /** "" for the element itself, ".Speed", ".Axis[1].Position" */
  readonly path: string;
  readonly type: ControllerType; // atomic, or text
  readonly offset: number; // from the element's first byte
  /** Of a BOOL in a host, or in a DWORD of a BOOL array. */
  readonly bit: number | undefined;
}

/** What a leaf of an element shows, as a function of time. */
export interface LeafSource {
  at(timeMs: number): SignalValue;
  /** It never changes. */
  readonly constant: boolean;
}

export interface ShownValue {
  readonly name: string;
  readonly type: string;
  readonly value: boolean | number | bigint | string;
}

interface Cell {
  readonly name: string;
  readonly leaf: Leaf;
  readonly at: number; // first byte in the image
  readonly source: LeafSource;
  shown: boolean | number | bigint | string;
}

export class TagImage {
  readonly #bytes: Buffer;
  readonly #cells: readonly Cell[];
  readonly #changing: readonly Cell[];
  readonly #elementBytes: number;
  readonly #leaves: number; // of one element
  #timeMs = Number.NaN;

  /** @param nameOf  of an element, "Motor[2]". @param sourceOf  of a leaf of an element. */
  constructor(
    elementBytes: number,
    elements: number,
    leaves: readonly Leaf[],
    nameOf: (element: number) => string,
    sourceOf: (element: number, leaf: Leaf, order: number) => LeafSource,
  ) {
    this.#bytes = Buffer.alloc(elementBytes * elements);
    this.#elementBytes = elementBytes;
    this.#leaves = leaves.length;
    this.#cells = Array.from({ length: elements }, (_, element) =>
      leaves.map(
        (leaf, order): Cell => ({
          name: `${nameOf(element)}${leaf.path}`,
          leaf,
          at: element * elementBytes + leaf.offset,
          source: sourceOf(element, leaf, order),
          shown: 0,
        }),
      ),
    ).flat();
    for (const cell of this.#cells) write(this.#bytes, cell, 0);
    this.#changing = this.#cells.filter(({ source }) => !source.constant);
  }

  /** A view that the next call changes. */
  at(timeMs: number): Buffer {
    if (timeMs !== this.#timeMs) for (const cell of this.#changing) write(this.#bytes, cell, timeMs);
    this.#timeMs = timeMs;
    return this.#bytes;
  }

  /** Values that lie in these bytes altogether, as of the last instant. */
  shownIn(first: number, end: number): ShownValue[] {
    return this.#cellsIn(first, end).map(({ name, leaf, shown }) => ({ name, type: leaf.type.name, value: shown }));
  }

  /** Cost: the values of the elements touched. */
  countIn(first: number, end: number): number {
    return this.#cellsIn(first, end).length;
  }

  #cellsIn(first: number, end: number): readonly Cell[] {
    const from = Math.floor(first / this.#elementBytes) * this.#leaves;
    const to = Math.ceil(end / this.#elementBytes) * this.#leaves;
    return this.#cells.slice(from, to).filter(({ at, leaf }) => at >= first && at + leaf.type.bytes <= end);
  }
}

/** Every value of its own, in the order of memory. */
export function leavesOf(type: ControllerType, path = "", offset = 0): Leaf[] {
  if (type.kind === "atomic" || isText(type)) return [{ path, type, offset, bit: undefined }];
  return type.members.filter(({ hidden }) => !hidden).flatMap((member) => leavesOfMember(member, path, offset));
}

function leavesOfMember(member: StructureType["members"][number], path: string, offset: number): Leaf[] {
  const { name, type, length, bit } = member;
  const own = `${path}.${name}`;
  const at = offset + member.offset;
  if (bit !== undefined) return [{ path: own, type, offset: at, bit }];
  if (length === 0) return leavesOf(type, own, at);
  if (type.kind === "atomic" && type.name === "DWORD") return packedLeaves(own, at, length);
  return Array.from({ length }, (_, index) => leavesOf(type, `${own}[${index}]`, at + index * type.bytes)).flat();
}

/** BOOLs of an array of so many DWORDs. */
export function packedLeaves(path: string, offset: number, dwords: number): Leaf[] {
  const bool = atomic("BOOL");
  return Array.from({ length: dwords * 32 }, (_, index) => ({
    path: `${path}[${index}]`,
    type: bool,
    offset: offset + (index >> 3),
    bit: index & 7,
  }));
}

function write(bytes: Buffer, cell: Cell, timeMs: number): void {
  const { leaf, at, source } = cell;
  const wanted = source.at(timeMs);
  if (leaf.bit !== undefined) {
    cell.shown = Boolean(wanted);
    const mask = 1 << leaf.bit;
    bytes[at] = cell.shown ? bytes[at]! | mask : bytes[at]! & ~mask;
  } else
    cell.shown = isText(leaf.type)
      ? writeText(bytes, at, leaf.type, String(wanted))
      : writeNumber(bytes, at, leaf.type.name, wanted);
}

/** Cut to what fits, at a character boundary. */
function writeText(bytes: Buffer, at: number, type: ControllerType, text: string): string {
  const head = type.kind === "structure" ? 4 : 1;
  const room = type.kind === "structure" ? (type.members[1]?.length ?? 0) : type.bytes - head;
  const target = bytes.subarray(at + head, at + head + room);
  target.fill(0);
  const { read, written } = new TextEncoder().encodeInto(text, target);
  bytes.writeUIntLE(written, at, head === 4 ? 4 : 1);
  return text.slice(0, read);
}

/** Integers wrap, as a PLC's do. */
function writeNumber(bytes: Buffer, at: number, name: string, wanted: SignalValue): boolean | number | bigint {
  const whole = (): bigint => (typeof wanted === "bigint" ? wanted : BigInt(Math.round(Number(wanted)) || 0));
  switch (name) {
    case "BOOL": {
      bytes[at] = wanted ? 1 : 0;
      return Boolean(wanted);
    }
    case "REAL":
      bytes.writeFloatLE(Number(wanted), at);
      return Math.fround(Number(wanted));
    case "LREAL":
      bytes.writeDoubleLE(Number(wanted), at);
      return Number(wanted);
    case "LINT": {
      const value = BigInt.asIntN(64, whole());
      bytes.writeBigInt64LE(value, at);
      return value;
    }
    case "ULINT": {
      const value = BigInt.asUintN(64, whole());
      bytes.writeBigUInt64LE(value, at);
      return value;
    }
    default: {
      const width = name.endsWith("SINT") ? 1 : name.endsWith("DINT") || name === "DWORD" ? 4 : 2;
      const unsigned = name.startsWith("U") || name === "DWORD";
      const value = Number(unsigned ? BigInt.asUintN(width * 8, whole()) : BigInt.asIntN(width * 8, whole()));
      if (unsigned) bytes.writeUIntLE(value, at, width);
      else bytes.writeIntLE(value, at, width);
      return value;
    }
  }
}
