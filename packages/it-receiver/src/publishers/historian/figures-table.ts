/** Where the figures of a chunk lie: in pieces of which several fill a page of SQLite, since one row of half a page takes a whole one.
 *  chunk figures → [figures table] → read history */
import type { Database, Statement } from "@nonreturn/station";
import type { FiguresBody } from "./chunk-figures.ts";

/** Four rows of `figures` and five of `figures_rest` to a page of 4096 bytes. */
const FIRST_BYTES = 970;
const PIECE_BYTES = 800;
/** Piece n of figures f is row f × PIECES + n. 273 cells of at most 200 bytes are far fewer. */
const PIECES = 1024;

export class FiguresWriter {
  readonly #first: Statement;
  readonly #rest: Statement;

  constructor(database: Database) {
    this.#first = database.prepare(
      `INSERT INTO figures (tag, first_timestamp, last_timestamp, chunk, codec, body)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#rest = database.prepare("INSERT INTO figures_rest (id, body) VALUES (?, ?)");
  }

  /** In the caller's transaction. */
  insert(
    { tag, chunk, first, last }: { tag: number; chunk: number | bigint; first: number; last: number },
    { codec, body }: FiguresBody,
  ): void {
    const { lastInsertRowid } = this.#first.run(...[tag, first, last, chunk, codec, body.subarray(0, FIRST_BYTES)]);
    let row = Number(lastInsertRowid) * PIECES;
    for (let at = FIRST_BYTES; at < body.length; at += PIECE_BYTES)
      this.#rest.run(row++, body.subarray(at, at + PIECE_BYTES));
  }
}

export class FiguresReader {
  readonly #first: Statement;
  readonly #rest: Statement;

  constructor(database: Database) {
    this.#first = database.prepare("SELECT codec, body FROM figures WHERE id = ?");
    this.#rest = database.prepare("SELECT body FROM figures_rest WHERE id >= ? AND id < ? ORDER BY id").pluck();
  }

  read(id: number): FiguresBody {
    const { codec, body } = this.#first.get(id) as FiguresBody;
    const rest = this.#rest.all(id * PIECES, (id + 1) * PIECES) as Uint8Array[];
    return { codec, body: rest.length === 0 ? body : Buffer.concat([body, ...rest]) };
  }
}
