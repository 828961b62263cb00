/** Keeps what an OT station last said of itself, sealed as it came, so that it is still known after a restart.
 *  record worker → [last announcement] → store.db → stream list */
import type { Clock, Database } from "@nonreturn/station";
import type { OpenedBlock } from "../open/open-block.ts";

/** Heartbeats come four times a second; without one for so long the OT station may be gone for good. */
const OVERDUE_MS = 1000;

export class LastAnnouncement {
  readonly #clock: Clock;
  readonly #save: (block: Heard) => void;
  #unsaved: Heard | undefined;
  #heardMs = 0;

  /** @param stream  of its data. */
  constructor(database: Database, stream: number, clock: Clock) {
    this.#clock = clock;
    const save = database.prepare(
      `INSERT INTO announced (stream, journal_epoch, sealing_epoch, sequence, heard_at, bytes) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET journal_epoch = excluded.journal_epoch, sealing_epoch = excluded.sealing_epoch,
         sequence = excluded.sequence, heard_at = excluded.heard_at, bytes = excluded.bytes`,
    );
    this.#save = ({ header, bytes, heardAt }) => {
      const { journalEpoch, sealingEpoch, sequence } = header;
      save.run(stream, journalEpoch, sealingEpoch, sequence, heardAt, bytes);
    };
  }

  /** A status came. It costs no commit of its own: see {@link save}. */
  hear({ header, bytes }: Pick<OpenedBlock, "header" | "bytes">): void {
    this.#unsaved = { header, bytes, heardAt: this.#clock.nowUtcMicros() };
    this.#heardMs = this.#clock.monotonicMs();
  }

  /** A status came, and no heartbeat behind it. */
  get isOverdue(): boolean {
    return this.#unsaved !== undefined && this.#clock.monotonicMs() - this.#heardMs >= OVERDUE_MS;
  }

  /** Inside a transaction of the store; call it with every heartbeat, where it is overdue, and at the end. @returns what to call once the transaction is in the file. */
  save(): () => void {
    const saved = this.#unsaved;
    if (saved !== undefined) this.#save(saved);
    return () => {
      if (this.#unsaved === saved) this.#unsaved = undefined;
    };
  }
}

type Heard = Pick<OpenedBlock, "header" | "bytes"> & { readonly heardAt: number };
