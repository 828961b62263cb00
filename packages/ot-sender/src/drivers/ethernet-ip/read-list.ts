/** Remembers which reads of a plan work, which had to be split, and which the controller refuses.
 *  plan → [read list] → EtherNet/IP driver → split, refuse, restore → [read list] */
import { type Packet, pack } from "./packet.ts";
import { halves, type TagRead } from "./tag-read.ts";

export interface Refusal {
  readonly statusCode: number;
  readonly reason: string;
  readonly retryAtMs: number; // monotonic
}

/** Every tag of the plan is in exactly one read, active or refused, at any time. Parts stay parts: the next scan does not pay again. */
export class ReadList {
  #active: TagRead[];
  readonly #refused = new Map<TagRead, Refusal>();
  #packets: { readonly key: string; readonly packets: readonly Packet[] } | undefined;

  constructor(reads: readonly TagRead[]) {
    this.#active = [...reads];
  }

  get active(): readonly TagRead[] {
    return this.#active;
  }

  get refused(): ReadonlyMap<TagRead, Refusal> {
    return this.#refused;
  }

  /** Requests of one scan. Kept until a read changes. */
  packets(capacity: number, services: "many" | "one"): readonly Packet[] {
    const key = `${capacity} ${services}`;
    if (this.#packets?.key !== key) this.#packets = { key, packets: pack(this.#active, capacity, services) };
    return this.#packets.packets;
  }

  /** Refused reads to be asked again, as many as one request takes, longest due first. */
  due(nowMs: number, capacity: number, services: "many" | "one"): Packet | undefined {
    if (this.#refused.size === 0) return undefined;
    const due = [...this.#refused].filter(([, { retryAtMs }]) => retryAtMs <= nowMs);
    due.sort(([, a], [, b]) => a.retryAtMs - b.retryAtMs);
    return pack(
      due.map(([read]) => read),
      capacity,
      services,
    )[0];
  }

  /** Put two halves in the place of a read. Undefined (and nothing done) if all its tags are the same elements. */
  split(read: TagRead): readonly TagRead[] | undefined {
    const parts = halves(read);
    if (parts === undefined) return undefined;
    this.#refused.delete(read);
    this.#replace(read, parts);
    return parts;
  }

  refuse(read: TagRead, refusal: Refusal): void {
    if (!this.#refused.has(read)) this.#replace(read, []);
    this.#refused.set(read, refusal);
  }

  /** The controller answered for it. */
  restore(read: TagRead): void {
    if (this.#refused.size === 0 || !this.#refused.delete(read)) return;
    this.#active.push(read);
    this.#packets = undefined;
  }

  /** A reply had so many bytes; requests are packed by the longest seen. */
  learn(read: TagRead, bytes: number): void {
    const known = read.replyBytes ?? Number.POSITIVE_INFINITY;
    if (known >= bytes && known !== Number.POSITIVE_INFINITY) return;
    read.replyBytes = bytes;
    this.#packets = undefined;
  }

  #replace(read: TagRead, by: readonly TagRead[]): void {
    this.#active = this.#active.flatMap((other) => (other === read ? by : [other]));
    this.#packets = undefined;
  }
}
