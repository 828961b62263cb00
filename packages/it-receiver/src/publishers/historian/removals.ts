/** What retention removed: counted by day, kind and cause, in the transaction that removes it.
 *  retention → [removals] → SQL, log */
import type { Database, Statement } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";

export type RemovedKind = "samples" | "minutes" | "hours" | "alarms";
export type RemovalCause = "age" | "size";

const DAY_MICROS = 86_400_000_000;
/** At most eight rows a day. */
const DAYS_KEPT = 400;

export interface Removed {
  readonly kind: RemovedKind;
  readonly cause: RemovalCause;
  readonly count: number;
  readonly first: UtcMicros;
  readonly last: UtcMicros;
}

export class Removals {
  readonly #add: Statement;
  readonly #forget: Statement;

  constructor(database: Database) {
    this.#add = database.prepare(
      `INSERT INTO removal (day, kind, cause, count, first_timestamp, last_timestamp) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, first_timestamp = min(first_timestamp, excluded.first_timestamp),
         last_timestamp = max(last_timestamp, excluded.last_timestamp)`,
    );
    this.#forget = database.prepare("DELETE FROM removal WHERE day < ?");
  }

  /** In the caller's transaction. */
  add({ kind, cause, count, first, last }: Removed, now: UtcMicros): void {
    const day = Math.floor(now / DAY_MICROS);
    this.#add.run(day, kind, cause, count, first, last);
    this.#forget.run(day - DAYS_KEPT);
  }
}

/** For `nonreturn-it sql`. */
export const REMOVAL_VIEW = `
  CREATE TEMP VIEW removals AS
    SELECT strftime('%Y-%m-%d', day * 86400, 'unixepoch') AS day, kind, cause, count,
      strftime('%Y-%m-%dT%H:%M:%SZ', first_timestamp / 1000000, 'unixepoch') AS since,
      strftime('%Y-%m-%dT%H:%M:%SZ', last_timestamp / 1000000, 'unixepoch') AS until
    FROM main.removal;
`;
