/** Notices that the link has fallen silent, and that it lives again. On the monotonic clock: a set wall clock changes nothing.
 *  heartbeats → [link watch] → publishers, main */
import type { Clock, Database } from "@nonreturn/station";
import type { HeartbeatBatch, UtcMicros } from "@nonreturn/wire-format";
import { rowCheck } from "./row-check.ts";

export interface LinkLife {
  readonly state: "unknown" | "up" | "silent";
  readonly since: UtcMicros;
  readonly silentForMs: number;
}

/** Only a heartbeat above every counter seen is a sign of life: a recording of the link, played again, is none. */
export class LinkWatch {
  readonly #clock: Clock;
  readonly #silentAfterMs: number;
  readonly #save: (stream: number, sealingEpoch: number, counter: number) => void;
  #sealingEpoch: number;
  #counter: number;
  #lastLifeMs: number;
  #state: LinkLife["state"] = "unknown";
  #since: UtcMicros;

  constructor(database: Database, announceStream: number, silentAfterMs: number, clock: Clock) {
    this.#clock = clock;
    this.#silentAfterMs = silentAfterMs;
    const save = database.prepare(
      `INSERT INTO life (stream, sealing_epoch, counter, row_check) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET sealing_epoch = excluded.sealing_epoch, counter = excluded.counter, row_check = excluded.row_check`,
    );
    this.#save = (...values) => void save.run(...values, rowCheck("life", ...values));
    const stored = database
      .prepare<[number], { sealing_epoch: number; counter: number }>(
        "SELECT sealing_epoch, counter FROM life WHERE stream = ?",
      )
      .get(announceStream);
    this.#sealingEpoch = stored?.sealing_epoch ?? 0;
    this.#counter = stored?.counter ?? 0;
    this.#lastLifeMs = clock.monotonicMs();
    this.#since = clock.nowUtcMicros();
  }

  /** Inside a transaction of the store. @returns whether it is a sign of life. */
  hear(stream: number, sealingEpoch: number, heartbeat: HeartbeatBatch): boolean {
    const isNewer =
      sealingEpoch > this.#sealingEpoch || (sealingEpoch === this.#sealingEpoch && heartbeat.counter > this.#counter);
    if (!isNewer) return false;
    this.#sealingEpoch = sealingEpoch;
    this.#counter = heartbeat.counter;
    this.#save(stream, sealingEpoch, heartbeat.counter);
    this.#lastLifeMs = this.#clock.monotonicMs();
    this.#enter("up");
    return true;
  }

  /** Look at the time; call it a few times a second. */
  look(): LinkLife {
    const silentForMs = this.#clock.monotonicMs() - this.#lastLifeMs;
    if (silentForMs > this.#silentAfterMs) this.#enter("silent");
    return { state: this.#state, since: this.#since, silentForMs };
  }

  #enter(state: LinkLife["state"]): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#clock.nowUtcMicros();
  }
}
