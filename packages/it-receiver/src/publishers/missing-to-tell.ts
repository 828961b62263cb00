/** What one publisher is told of what is missing, and when: what was healed counts as missing until its samples are published.
 *  missing watch → [missing to tell] → lanes */
import type { Lane } from "../record/store.ts";
import type { MissingTime } from "./publisher.ts";

export interface KnownMissing {
  readonly list: readonly MissingTime[];
  /** Positions up to which blocks were recorded when the list was read: what had been healed by then is among them. */
  readonly through: Readonly<Record<Lane, number>>;
}

export interface MissingNews {
  readonly known: KnownMissing;
  /** more: what is not in the list may be on its way still. all: it is held. */
  readonly is: "all" | "more";
}

export class MissingToTell {
  #known: KnownMissing | undefined;
  #told: MissingNews | undefined;

  changed(known: KnownMissing): void {
    this.#known = known;
  }

  /** After connect. */
  begin(): void {
    this.#told = undefined;
  }

  next(cursors: Readonly<Record<Lane, number>>): MissingNews | undefined {
    const known = this.#known;
    if (known === undefined) return undefined;
    const is = cursors.live >= known.through.live && cursors.late >= known.through.late ? "all" : "more";
    if (this.#told?.known === known && (this.#told.is === "all" || is === "more")) return undefined;
    return { known, is };
  }

  told(news: MissingNews): void {
    this.#told = news;
  }
}
