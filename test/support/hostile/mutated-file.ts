/** Damages a file as disks, copies and people do: bits, bytes, pages, ends, and files that are something else.
 *  a good file, seed → [mutated file] → the start of a station */
import type { Chance } from "./chance.ts";

export const MUTATIONS = [
  "bit",
  "byte",
  "bytes",
  "page",
  "zeroed page",
  "swapped pages",
  "cut",
  "cut at a page",
  "lengthened",
] as const;
export type Mutation = (typeof MUTATIONS)[number];

/** SQLite's default. */
const PAGE_BYTES = 4096;

/** What is no database of ours at all, by name. */
export const FOREIGN_FILES: Readonly<Record<string, Uint8Array>> = {
  text: Buffer.from("# a note, whatever the name of the file says\n".repeat(300)),
  "a picture": Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...new Uint8Array(5000)]),
  zeros: new Uint8Array(8192),
  "a header without a database": Buffer.concat([Buffer.from("SQLite format 3\0"), new Uint8Array(4080)]),
  "one byte": Uint8Array.of(0x53),
};

/** A changed copy; differs from `bytes` in at least one byte. */
export function mutated(bytes: Uint8Array, mutation: Mutation, chance: Chance): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const pages = Math.floor(bytes.length / PAGE_BYTES);
  const page = (): number => chance.below(pages) * PAGE_BYTES;
  switch (mutation) {
    case "bit":
      copy[chance.below(copy.length)]! ^= 1 << chance.below(8);
      return copy;
    case "byte":
      copy[chance.below(copy.length)]! ^= 1 + chance.below(255);
      return copy;
    case "bytes":
      for (let times = 2 + chance.below(30); times > 0; times--)
        copy[chance.below(copy.length)]! ^= 1 + chance.below(255);
      return copy;
    case "page":
      copy.set(chance.bytes(PAGE_BYTES), page());
      return copy;
    case "zeroed page":
      zero(copy, page());
      return sameAs(bytes, copy) ? mutated(bytes, mutation, chance) : copy;
    case "swapped pages": {
      const [one, other] = [page(), page()];
      copy.copyWithin(one, other, other + PAGE_BYTES);
      copy.set(bytes.subarray(one, one + PAGE_BYTES), other);
      return sameAs(bytes, copy) ? mutated(bytes, mutation, chance) : copy;
    }
    case "cut":
      return copy.slice(0, 1 + chance.below(copy.length - 1));
    case "cut at a page":
      return copy.slice(0, (1 + chance.below(pages - 1)) * PAGE_BYTES);
    case "lengthened":
      return Buffer.concat([copy, chance.bytes(1 + chance.below(3 * PAGE_BYTES))]);
  }
}

function zero(bytes: Uint8Array, at: number): void {
  bytes.fill(0, at, at + PAGE_BYTES);
}

function sameAs(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
