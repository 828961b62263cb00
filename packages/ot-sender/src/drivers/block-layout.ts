/** Where the tags of a block lie in its reply, side by side: what a reply is taken apart by, many times a second.
 *  block → [block layout] → reading */

/** A tag of a block, as its driver placed it. */
export interface LaidMember<Convert> {
  /** Index in the plan's tagIds. */
  readonly row: number;
  readonly place: { readonly start: number; readonly convert: Convert };
}

/** By member. Members and their places are objects all over the heap: ten thousand of them fit no processor's cache, these do. */
export interface BlockLayout<Convert> {
  readonly rows: Uint32Array;
  /** From the beginning of the block, in the driver's own unit. */
  readonly offsets: Uint16Array;
  readonly conversions: readonly Convert[];
}

/** @param start  of the block; no member is further from it than 65,535. */
export function layOut<Convert>(start: number, members: readonly LaidMember<Convert>[]): BlockLayout<Convert> {
  return {
    rows: Uint32Array.from(members, ({ row }) => row),
    offsets: Uint16Array.from(members, ({ place }) => place.start - start),
    conversions: members.map(({ place }) => place.convert),
  };
}
