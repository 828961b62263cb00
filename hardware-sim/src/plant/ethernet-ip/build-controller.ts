/** From what a scenario says about a controller to types and tags that can be read.
 *  plant section → [build controller] → message router */
import { atomic, type ControllerType, TypeTable, type WrittenMember } from "./controller-type.ts";
import type { Controller, Identity } from "./message-router.ts";
import { type Leaf, type LeafSource, leavesOf, packedLeaves, TagImage } from "./tag-image.ts";
import { TagTable } from "./tag-table.ts";

export interface WrittenType {
  readonly name: string;
  readonly members: readonly WrittenMember[];
}

export interface WrittenTag {
  readonly name: string;
  readonly program?: string | undefined;
  readonly type: string;
  readonly dimensions: readonly number[];
  readonly access: "read-write" | "read-only" | "none";
}

export type SourceOf = (tag: WrittenTag, element: number, leaf: Leaf, order: number, name: string) => LeafSource;

export interface BuildMistake {
  readonly of: "types" | "tags";
  readonly index: number;
  readonly message: string;
}

/** Beyond what a real controller's memory holds. */
const MAX_TAG_BYTES = 1 << 22;
const BITS_PER_DWORD = 32;

const IDENTITY: Readonly<Record<"logix" | "micro800", Identity>> = {
  logix: {
    vendor: 1,
    deviceType: 14,
    productCode: 107,
    revision: [33, 11],
    serial: 0x00c0ffee,
    productName: "1769-L33ER simulated",
  },
  micro800: {
    vendor: 1,
    deviceType: 14,
    productCode: 218,
    revision: [12, 11],
    serial: 0x00c0ffef,
    productName: "2080-LC50 simulated",
  },
};

/** @returns the controller, and every mistake found on the way: what is wrong is left out. */
export function buildController(
  family: "logix" | "micro800",
  types: readonly WrittenType[],
  tags: readonly WrittenTag[],
  sourceOf: SourceOf,
): { readonly controller: Controller; readonly mistakes: readonly BuildMistake[] } {
  const mistakes: BuildMistake[] = [];
  const table = new TypeTable(family);
  types.forEach(({ name, members }, index) => {
    const message = table.add(name, members);
    if (message !== undefined) mistakes.push({ of: "types", index, message });
  });
  const tagTable = new TagTable();
  tags.forEach((tag, index) => {
    const message = addTag(tagTable, table, family, tag, index + 1, sourceOf);
    if (message !== undefined) mistakes.push({ of: "tags", index, message });
  });
  return { controller: { identity: IDENTITY[family], family, types: table, tags: tagTable }, mistakes };
}

function addTag(
  tagTable: TagTable,
  types: TypeTable,
  family: "logix" | "micro800",
  tag: WrittenTag,
  instance: number,
  sourceOf: SourceOf,
): string | undefined {
  const { name, program, access } = tag;
  const written = types.find(tag.type);
  if (written === undefined) return `there is no type ${tag.type}; write one of the controller's, or one of \`types\``;
  if (program !== undefined && family === "micro800") return "a Micro800 shows no program tags; remove program";
  const packed =
    family === "logix" && written.kind === "atomic" && written.name === "BOOL" && tag.dimensions.length > 0;
  if (packed && (tag.dimensions.length > 1 || tag.dimensions[0]! % BITS_PER_DWORD !== 0))
    return "a BOOL array has one dimension, a multiple of 32; write dimensions: [64]";
  const type: ControllerType = packed ? atomic("DWORD") : written;
  const dimensions = packed ? [tag.dimensions[0]! / BITS_PER_DWORD] : tag.dimensions;
  const elements = dimensions.reduce((product, length) => product * length, 1);
  if (elements * type.bytes > MAX_TAG_BYTES)
    return `it has ${elements * type.bytes} bytes, more than ${MAX_TAG_BYTES}; write smaller dimensions`;
  const address = program === undefined ? name : `Program:${program}.${name}`;
  // One element of a BOOL array is the whole of it: its bits are its leaves.
  const image = packed
    ? new TagImage(
        elements * type.bytes,
        1,
        packedLeaves("", 0, elements),
        () => address,
        (element, leaf, order) => sourceOf(tag, element, leaf, order, address),
      )
    : new TagImage(
        type.bytes,
        elements,
        leavesOf(type),
        (element) => nameOf(address, element, dimensions),
        (element, leaf, order) => sourceOf(tag, element, leaf, order, nameOf(address, element, dimensions)),
      );
  return tagTable.add({ instance, name, program, type, dimensions, access, image })
    ? undefined
    : `there are two tags ${address}; write another name`;
}

/** "Grid[1,2]" */
function nameOf(name: string, element: number, dimensions: readonly number[]): string {
  if (dimensions.length === 0) return name;
  const indices: number[] = [];
  let rest = element;
  for (const length of [...dimensions].reverse()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return `${name}[${indices.join(",")}]`;
}
