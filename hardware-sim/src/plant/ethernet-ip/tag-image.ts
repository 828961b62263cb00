/** The bytes of one controller tag at one instant, and which value each of them shows.
 *  signals → [tag image] → tag services */
import { type HeldType, type HeldValue, holdAs } from "../held-value.ts";
import type { SignalValue } from "../signals/signal.ts";
import { atomic, type ControllerType, isText, type StructureType } from "./controller-type.ts";
import { heldTypeOf, roomOf } from "./leaf-type.ts";

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
  /** Engineering units per raw count of an integer; 1 if left out. */
  readonly scale?: number;
}

export interface ShownValue {
  readonly name: string;
  readonly type: HeldType;
  readonly value: HeldValue;
}

interface Cell {
  readonly name: string;
  readonly leaf: Leaf;
  readonly at: number; // first byte in the image
  readonly source: LeafSource;
  readonly type: HeldType;
  shown: HeldValue;
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
          type: heldTypeOf(leaf.type),
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
    return this.#cellsIn(first, end).map(({ name, type, shown }) => ({ name, type, value: shown }));
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
  const { leaf, at, source, type } = cell;
  const held = holdAs(type, roomOf(leaf.type), source.at(timeMs), source.scale ?? 1);
  cell.shown = held;
  if (leaf.bit === undefined) put(bytes, at, leaf.type, type, held);
  else {
    const mask = 1 << leaf.bit;
    bytes[at] = held === true ? bytes[at]! | mask : bytes[at]! & ~mask;
  }
}

function put(bytes: Buffer, at: number, leaf: ControllerType, type: HeldType, held: HeldValue): void {
  switch (type) {
    case "BOOLEAN":
      bytes[at] = held === true ? 1 : 0;
      return;
    case "STRING":
      putText(bytes, at, leaf, String(held));
      return;
    case "FLOAT32":
      bytes.writeFloatLE(Number(held), at);
      return;
    case "FLOAT64":
      bytes.writeDoubleLE(Number(held), at);
      return;
    default:
      if (leaf.bytes === 8) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(held)), at);
      else if (type.startsWith("U")) bytes.writeUIntLE(Number(held), at, leaf.bytes);
      else bytes.writeIntLE(Number(held), at, leaf.bytes);
  }
}

/** A length, then the characters, then NUL to the end. */
function putText(bytes: Buffer, at: number, leaf: ControllerType, text: string): void {
  const head = leaf.kind === "structure" ? 4 : 1;
  const target = bytes.subarray(at + head, at + head + roomOf(leaf));
  target.fill(0);
  bytes.writeUIntLE(new TextEncoder().encodeInto(text, target).written, at, head);
}
