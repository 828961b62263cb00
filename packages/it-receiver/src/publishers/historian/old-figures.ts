/** Takes over a file of before, where figures lay beside chunks and outlived them there: slice by slice every unit becomes pending, and finds them here.
 *  old_figures, chunk → [old figures] → pending units, roll up */
import type { Database, Statement } from "@nonreturn/station";
import { CELL_MICROS, type SampleCell } from "../sample-cells.ts";
import { type ChunkBody, decodeChunk } from "./chunk.ts";
import { unitOf } from "./figure-units.ts";
import { decodeFigures, type FiguresBody } from "./figures-body.ts";
import { CellList } from "./join-cells.ts";
import type { PendingUnits } from "./pending-units.ts";

const ROWS_PER_STEP = 128;
/** A chunk over more units than this is opened: few of them may have samples. */
const UNITS_UNSEEN = 8;
/** Pieces of a row, as figures-table.ts has them. */
const PIECES = 1024;

interface OldRow {
  readonly id: number;
  readonly tag: number;
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
}

export class OldFigures {
  readonly #pending: PendingUnits;
  readonly #statements: Statements;
  #state: "taking over" | "taken over" | "none";

  constructor(database: Database, pending: PendingUnits) {
    this.#pending = pending;
    this.#statements = new Statements(database);
    const { chunk, lastChunk, figures, lastFigures } = this.#statements.progress.get() as Progress;
    const left = database.prepare("SELECT 1 FROM old_figures").get() !== undefined;
    if (chunk < lastChunk || figures < lastFigures) this.#state = "taking over";
    else this.#state = left ? "taken over" : "none";
    pending.merges = this.#state === "taking over" ? "noted too" : "not noted";
  }

  /** True until every unit is pending. */
  get due(): boolean {
    return this.#state === "taking over";
  }

  /** A piece of work, in the caller's transaction. idle: units must be rolled up first, or all is done. */
  step(): "more" | "idle" {
    if (this.#state !== "taking over") return "idle";
    const { progress, chunks, alone, noted } = this.#statements;
    const { chunk, lastChunk, figures, lastFigures } = progress.get() as Progress;
    if (chunk < lastChunk) {
      const rows = chunks.all(chunk, lastChunk) as OldRow[];
      for (const row of rows) this.#noteChunk(row);
      noted.run(rows.length < ROWS_PER_STEP ? lastChunk : rows.at(-1)!.id, figures);
    } else if (figures < lastFigures) {
      const rows = alone.all(figures) as OldRow[];
      for (const row of rows) this.#noteUnits(row);
      noted.run(chunk, rows.length < ROWS_PER_STEP ? lastFigures : rows.at(-1)!.id);
    } else {
      this.#pending.merges = "not noted";
      this.#state = "taken over";
    }
    return "more";
  }

  /** No unit is pending any more: what was taken over goes. In the caller's transaction. */
  clear(): "more" | "idle" {
    if (this.#state !== "taken over") return "idle";
    if (this.#statements.remove.run().changes + this.#statements.removeRest.run().changes === 0) this.#state = "none";
    return "more";
  }

  /** The minutes that outlived their samples in a range of whole units. */
  minutes(tag: number, from: number, to: number): SampleCell[] {
    const minutes = new CellList(CELL_MICROS);
    if (this.#state === "none") return minutes.cells;
    for (const { id } of this.#statements.ofTime.all(tag, to, from) as OldRow[]) {
      const { codec, body } = this.#statements.first.get(id) as FiguresBody;
      const rest = this.#statements.rest.all(id * PIECES, (id + 1) * PIECES) as Uint8Array[];
      for (const cell of decodeFigures({ codec, body: Buffer.concat([body, ...rest]) }))
        if (cell.firstAt >= from && cell.firstAt < to) minutes.push(cell);
    }
    return minutes.cells;
  }

  #noteChunk(chunk: OldRow): void {
    if (unitOf(chunk.lastTimestamp) - unitOf(chunk.firstTimestamp) <= UNITS_UNSEEN) this.#noteUnits(chunk);
    else this.#pending.note(chunk.tag, decodeChunk(this.#statements.body.get(chunk.id) as ChunkBody));
  }

  #noteUnits({ tag, firstTimestamp, lastTimestamp }: OldRow): void {
    for (let unit = unitOf(firstTimestamp); unit <= unitOf(lastTimestamp); unit++) this.#pending.noteUnit(tag, unit);
  }
}

interface Progress {
  readonly chunk: number;
  readonly lastChunk: number;
  readonly figures: number;
  readonly lastFigures: number;
}

class Statements {
  readonly progress: Statement;
  readonly noted: Statement;
  readonly chunks: Statement;
  readonly alone: Statement;
  readonly body: Statement;
  readonly ofTime: Statement;
  readonly first: Statement;
  readonly rest: Statement;
  readonly remove: Statement;
  readonly removeRest: Statement;

  constructor(database: Database) {
    const times = "id, tag, first_timestamp AS firstTimestamp, last_timestamp AS lastTimestamp";
    this.progress = database.prepare(
      "SELECT chunk, last_chunk AS lastChunk, figures, last_figures AS lastFigures FROM take_over",
    );
    this.noted = database.prepare("UPDATE take_over SET chunk = ?, figures = ?");
    this.chunks = database.prepare(
      `SELECT ${times} FROM chunk WHERE id > ? AND id <= ? ORDER BY id LIMIT ${ROWS_PER_STEP}`,
    );
    this.alone = database.prepare(
      `SELECT ${times} FROM old_figures WHERE id > ? AND chunk IS NULL ORDER BY id LIMIT ${ROWS_PER_STEP}`,
    );
    this.body = database.prepare("SELECT codec, plain_bytes AS plainBytes, body FROM chunk WHERE id = ?");
    this.ofTime = database.prepare(
      `SELECT ${times} FROM old_figures WHERE tag = ? AND first_timestamp < ? AND last_timestamp >= ? AND chunk IS NULL
       ORDER BY first_timestamp`,
    );
    this.first = database.prepare("SELECT codec, body FROM old_figures WHERE id = ?");
    this.rest = database.prepare("SELECT body FROM old_figures_rest WHERE id >= ? AND id < ? ORDER BY id").pluck();
    const some = (table: string): string =>
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} LIMIT ${ROWS_PER_STEP})`;
    this.remove = database.prepare(some("old_figures"));
    this.removeRest = database.prepare(some("old_figures_rest"));
  }
}
