/** Puts the fragments of one value together.
 *  CIP replies → [fragments] → EtherNet/IP driver */
import { CipStatus } from "./cip-status.ts";
import { cipTypeOf } from "./cip-type.ts";
import { judge } from "./cursor.ts";
import { MAX_VALUE_BYTES } from "./place-tag.ts";
import { readTagBytes, type TagBytes } from "./read-reply.ts";

/** A controller that hands out a value in crumbs is not followed to the end. */
const FRAGMENTS_TOLERATED = 2 + Math.ceil(MAX_VALUE_BYTES / 100);

export class Fragments {
  readonly #elements: number;
  readonly #parts: Buffer[] = [];
  #type: number | undefined;
  #bytes = 0;

  /** @param elements  that were asked for. */
  constructor(elements: number) {
    this.#elements = elements;
  }

  /** Where the next fragment begins. */
  get offset(): number {
    return this.#bytes;
  }

  /**
   * @param status  of the reply, success or partial.
   * @param data  its own from now on.
   * @returns the whole value, once it is there.
   */
  take(status: number, data: Buffer): TagBytes | { readonly damage: string } | "more" | "too large" {
    const part = judge(() => readTagBytes(data));
    if ("damage" in part) return part;
    const damage = this.#faultOf(part, status);
    if (damage !== undefined) return { damage };
    this.#type = part.type;
    this.#parts.push(part.bytes.subarray(part.from, part.to));
    this.#bytes += part.to - part.from;
    if (status === CipStatus.success)
      return { type: part.type, bytes: Buffer.concat(this.#parts), from: 0, to: this.#bytes };
    return this.#bytes > MAX_VALUE_BYTES || this.#parts.length >= FRAGMENTS_TOLERATED ? "too large" : "more";
  }

  #faultOf({ type, from, to }: TagBytes, status: number): string | undefined {
    if (this.#type !== undefined && type !== this.#type) return "a fragment has another type";
    const length = to - from;
    if (status === CipStatus.partial && length === 0) return "a fragment without bytes";
    const each = cipTypeOf(type)?.bytes;
    const total = this.#bytes + length;
    if (each !== undefined && total > each * this.#elements)
      return `${total} bytes where ${each * this.#elements} were asked for`;
    return undefined;
  }
}
