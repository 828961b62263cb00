/** Remembers which blocks of a plan can be read as they are, which had to be split, and which addresses the device refuses.
 *  plan → [block list] → driver → split, refuse, restore → [block list] */

/** Tags read with one piece of a request: the neighbours of one table or data block. */
export interface BlockOf<Member extends PlacedMember, Block> {
  /** Ascending by start. Never empty. */
  readonly members: readonly Member[];
  /** The block of the original plan that this one was split from; itself undefined in the original. */
  readonly origin: Block | undefined;
}

/** Where a tag lies, in the driver's own unit: registers, bits, bytes. */
export interface PlacedMember {
  readonly place: { readonly start: number; readonly quantity: number };
}

/** A block, mostly of one tag, that the device refuses. Asked again at `retryAtMs`. */
export interface RefusedBlock<Block> {
  readonly block: Block;
  readonly statusCode: number;
  readonly reason: string;
  readonly retryAtMs: number; // monotonic
}

/**
 * Halving down to the bad address is done once: parts stay parts, so that the next scan does not pay again.
 * Every tag of the plan is in exactly one block, active or refused, at any time.
 */
export class BlockList<Member extends PlacedMember, Block extends BlockOf<Member, Block>> {
  readonly #blockOf: (members: readonly Member[], origin: Block) => Block;
  #active: Block[];
  #refused: RefusedBlock<Block>[] = [];
  /** Which member of a block refused as a whole is tried next. */
  readonly #probe = new Map<Block, number>();

  /** @param blockOf  makes a block of some members of another. */
  constructor(blocks: readonly Block[], blockOf: (members: readonly Member[], origin: Block) => Block) {
    this.#active = [...blocks];
    this.#blockOf = blockOf;
  }

  /** Another array after every change. */
  get active(): readonly Block[] {
    return this.#active;
  }

  get refused(): readonly RefusedBlock<Block>[] {
    return this.#refused;
  }

  /** Refused blocks to be asked again, longest due first, at most `limit`. */
  due(nowMs: number, limit: number): readonly RefusedBlock<Block>[] {
    return this.#refused
      .filter(({ retryAtMs }) => retryAtMs <= nowMs)
      .sort((a, b) => a.retryAtMs - b.retryAtMs)
      .slice(0, limit);
  }

  /** Put two halves in the place of a block. Undefined (and nothing done) if all its members lie at one place. */
  split(block: Block): readonly [Block, Block] | undefined {
    const { members } = block;
    const middle = splitPoint(members);
    if (middle === undefined) return undefined;
    const origin = block.origin ?? block;
    const halves = [
      this.#blockOf(members.slice(0, middle), origin),
      this.#blockOf(members.slice(middle), origin),
    ] as const;
    this.#remove(block);
    this.#active.push(...halves);
    return halves;
  }

  /** Ask no more for this block until `retryAtMs`. Once every part of an original block is refused, it is refused as a whole: one request then tries all. */
  refuse(block: Block, refusal: Omit<RefusedBlock<Block>, "block">): void {
    this.#remove(block);
    this.#refused.push({ block, ...refusal });
    const { origin } = block;
    if (origin === undefined || this.#active.some((other) => other.origin === origin)) return;
    this.#refused = this.#refused.filter((other) => other.block.origin !== origin);
    this.#refused.push({ block: origin, ...refusal });
  }

  /** The device answered for a refused block: read it with every scan again, and whole where no part is refused any more. */
  restore(block: Block): void {
    this.#remove(block);
    const origin = block.origin ?? block;
    if (this.#refused.some((other) => other.block.origin === origin)) {
      this.#active.push(block);
      return;
    }
    this.#active = this.#active.filter((other) => other.origin !== origin);
    this.#active.push(origin);
  }

  /** One tag of a block refused as a whole, another each time: if it answers, the rest is worth halving. Undefined for a block of one place. */
  probe(block: Block): Block | undefined {
    if (splitPoint(block.members) === undefined) return undefined;
    const next = (this.#probe.get(block) ?? -1) + 1;
    this.#probe.set(block, next);
    return this.#blockOf([block.members[next % block.members.length]!], block);
  }

  #remove(block: Block): void {
    this.#active = this.#active.filter((other) => other !== block);
    this.#refused = this.#refused.filter((other) => other.block !== block);
  }
}

/**
 * Where to cut: at the widest gap, because registers that nobody asked for are the likeliest reason of a refusal; of equal ones nearest the
 * middle. @returns the index of the second half's first member; undefined if all members lie at one place.
 */
function splitPoint(members: readonly PlacedMember[]): number | undefined {
  const middle = members.length / 2;
  let best: { readonly index: number; readonly gap: number } | undefined;
  let end = 0;
  for (const [index, { place }] of members.entries()) {
    // Members may overlap; then the gap is below 0, and cutting there comes last.
    const gap = place.start - end;
    const startsElsewhere = index > 0 && place.start !== members[index - 1]?.place.start;
    const nearer = best === undefined || Math.abs(index - middle) < Math.abs(best.index - middle);
    if (startsElsewhere && (best === undefined || gap > best.gap || (gap === best.gap && nearer)))
      best = { index, gap };
    end = Math.max(end, place.start + place.quantity);
  }
  if (best !== undefined) return best.index;
  // One start, yet different lengths: FLOAT64 at hr:10 may reach beyond the map where INT16 at hr:10 does not.
  const longer = members.findIndex(({ place }) => place.quantity !== members[0]?.place.quantity);
  return longer > 0 ? longer : undefined;
}
