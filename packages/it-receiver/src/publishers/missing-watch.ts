/** Notices whenever what is missing of history has changed, for publishers that keep a list of it at their far side.
 *  store.db → [missing watch] → runners */
import { existsSync } from "node:fs";
import type { Log } from "@nonreturn/station/thread";
import { readMissingList, readMissingVersion } from "../gaps/missing-times.ts";
import type { StoreReader } from "../record/store.ts";
import type { KnownMissing } from "./missing-to-tell.ts";
import type { MissingTime } from "./publisher.ts";

const ROWS_AT_A_TIME = 10_000;
/** About 20 MB while they are told. */
const MOST = 100_000;

export class MissingWatch {
  readonly #storePath: string;
  readonly #store: Pick<StoreReader, "lastPosition">;
  readonly #log: Log;
  #version: string | undefined;
  #failed = false;

  constructor(storePath: string, store: Pick<StoreReader, "lastPosition">, log: Log) {
    this.#storePath = storePath;
    this.#store = store;
    this.#log = log;
  }

  /** News since the last look, or undefined. Never throws: a file that cannot be read now is read at the next look. Cost without news: two rows. */
  look(): KnownMissing | undefined {
    try {
      if (!existsSync(this.#storePath)) return undefined;
      const version = readMissingVersion(this.#storePath);
      if (version === this.#version) return undefined;
      const list = this.#readAll();
      this.#version = version;
      this.#failed = false;
      // Read behind the list: whatever was healed for it is at or below.
      return { list, through: { live: this.#store.lastPosition("live"), late: this.#store.lastPosition("late") } };
    } catch (err) {
      if (!this.#failed) this.#log.warn({ err }, "what is missing cannot be read; it is tried again");
      this.#failed = true;
      return undefined;
    }
  }

  #readAll(): MissingTime[] {
    const list: MissingTime[] = [];
    let left = 0;
    for (let after: MissingTime | undefined; ; after = list.at(-1)) {
      const some = readMissingList(this.#storePath, 0, Number.MAX_SAFE_INTEGER, ROWS_AT_A_TIME, after);
      list.push(...some);
      left += list.splice(0, list.length - MOST).length;
      if (some.length < ROWS_AT_A_TIME) break;
    }
    if (left > 0)
      this.#log.warn({ gaps: left }, "the oldest gaps are not listed in SQL databases; /v1/history/gaps has them all");
    return list;
  }
}
