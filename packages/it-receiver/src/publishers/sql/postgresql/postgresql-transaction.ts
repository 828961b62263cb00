/** The statements of one transaction: block ranges, tags, samples, events, current values.
 *  SQL publisher → PostgreSQL database → [PostgreSQL transaction] → server */
import type { BlockIdentity, SequenceRange, TagDefinition } from "@nonreturn/wire-format";
import type { Client } from "pg";
import { type EventRow, newestOf } from "../map-event.ts";
import type { CurrentRows, OtherRows, PlainRows, SampleRows } from "../map-sample.ts";
import type { HeldTag, SqlTransaction } from "../sql-database.ts";
import { booleanArray, bytesArray, numberArray, textArray } from "./array-literal.ts";
import { CopyIn } from "./copy-in.ts";
import { OTHER_COLUMNS, otherFrames, PLAIN_COLUMNS, plainFrames } from "./copy-rows.ts";
import { MICROS } from "./postgresql-schema.ts";

/** insert: COPY is not for tables whose rows a policy of the site checks (manual, COPY, Notes). */
export type SamplesBy = "copy" | "insert";

export class PostgresqlTransaction implements SqlTransaction {
  readonly #client: Client;
  readonly #samplesBy: SamplesBy;

  constructor(client: Client, samplesBy: SamplesBy) {
    this.#client = client;
    this.#samplesBy = samplesBy;
  }

  async blockRanges(stream: number, sealingEpoch: number, first: number, last: number): Promise<SequenceRange[]> {
    const { rows } = await this.#client.query<{ first: string; last: string }>({
      name: "block-ranges",
      text: "SELECT first, last FROM block_range WHERE stream = $1 AND sealing_epoch = $2 AND last >= $3 AND first <= $4 ORDER BY first",
      values: [stream, sealingEpoch, first - 1, last + 1],
    });
    return rows.map((row) => ({ first: Number(row.first), last: Number(row.last) }));
  }

  async replaceBlockRanges(
    stream: number,
    sealingEpoch: number,
    before: readonly SequenceRange[],
    after: readonly SequenceRange[],
  ): Promise<void> {
    if (before.length > 0)
      await this.#client.query({
        name: "remove-block-ranges",
        text: "DELETE FROM block_range WHERE stream = $1 AND sealing_epoch = $2 AND first = ANY($3::bigint[])",
        values: [stream, sealingEpoch, numberArray(before.map(({ first }) => first))],
      });
    await this.#client.query({
      name: "add-block-ranges",
      text: "INSERT INTO block_range SELECT $1::integer, $2::bigint, f, l FROM unnest($3::bigint[], $4::bigint[]) AS r(f, l)",
      values: [
        stream,
        sealingEpoch,
        numberArray(after.map(({ first }) => first)),
        numberArray(after.map(({ last }) => last)),
      ],
    });
  }

  async noteRetried(
    { stream, sealingEpoch, sequence }: BlockIdentity,
    firstRow: number,
    rows: number,
  ): Promise<boolean> {
    const { rowCount } = await this.#client.query({
      name: "note-retried",
      text: "INSERT INTO retried_rows VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
      values: [stream, sealingEpoch, sequence, firstRow, rows],
    });
    return rowCount === 1;
  }

  async tags(stream: number, journalEpoch: number): Promise<HeldTag[]> {
    const { rows } = await this.#client.query<{ id: number; tag_id: string; digest: string }>(
      "SELECT id, tag_id, digest FROM tag WHERE stream = $1 AND journal_epoch = $2",
      [stream, journalEpoch],
    );
    return rows.map(({ id, tag_id, digest }) => ({ number: id, tagId: Number(tag_id), digest }));
  }

  async writeTags(
    stream: number,
    journalEpoch: number,
    tags: readonly (readonly [TagDefinition, string])[],
  ): Promise<void> {
    const known = await this.tags(stream, journalEpoch);
    const numbers = new Map(known.map(({ tagId, number }) => [tagId, number]));
    const columns = (rows: typeof tags): string[] => [
      textArray(rows.map(([{ path }]) => path)),
      textArray(rows.map(([{ dataType }]) => dataType)),
      textArray(rows.map(([{ unit }]) => unit)),
      textArray(rows.map(([{ description }]) => description)),
      textArray(rows.map(([{ device }]) => device)),
      numberArray(rows.map(([{ rangeLow }]) => rangeLow ?? null)),
      numberArray(rows.map(([{ rangeHigh }]) => rangeHigh ?? null)),
      booleanArray(rows.map(([{ retired }]) => retired)),
      textArray(rows.map(([, digest]) => digest)),
    ];
    const unnest =
      "unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[], $9::boolean[], $10::text[])";
    const names = "path, data_type, unit, description, device, range_low, range_high, retired, digest";
    const added = tags.filter(([{ tagId }]) => !numbers.has(tagId));
    if (added.length > 0)
      await this.#client.query(
        `INSERT INTO tag (stream, journal_epoch, tag_id, ${names}) SELECT $11::integer, $12::bigint, n.* FROM ${unnest} AS n`,
        [numberArray(added.map(([{ tagId }]) => tagId)), ...columns(added), stream, journalEpoch],
      );
    const changed = tags.filter(([{ tagId }]) => numbers.has(tagId));
    if (changed.length > 0)
      await this.#client.query(
        `UPDATE tag SET (${names}) = (n.path, n.data_type, n.unit, n.description, n.device, n.range_low, n.range_high, n.retired, n.digest)
         FROM ${unnest} AS n(id, ${names}) WHERE tag.id = n.id`,
        [numberArray(changed.map(([{ tagId }]) => numbers.get(tagId)!)), ...columns(changed)],
      );
  }

  async addSamples({ plain, others }: SampleRows, historical: boolean): Promise<void> {
    if (this.#samplesBy === "insert") return this.#insertSamples({ plain, others }, historical);
    if (plain.tags.length > 0) await this.#copy(PLAIN_COLUMNS, plainFrames(plain, historical));
    if (others.tags.length > 0) await this.#copy(OTHER_COLUMNS, otherFrames(others, historical));
  }

  async addEvents(rows: readonly EventRow[]): Promise<void> {
    await this.#client.query({
      name: "add-events",
      text: `INSERT INTO alarm_event
        SELECT stream, journal_epoch, event_sequence, tag, ${MICROS} time * INTERVAL '1 microsecond', condition, state, severity, message, value, value_text, historical
        FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[], $6::text[], $7::text[], $8::smallint[], $9::text[], $10::float8[], $11::text[], $12::boolean[])
          AS n(stream, journal_epoch, event_sequence, tag, time, condition, state, severity, message, value, value_text, historical)
        ON CONFLICT DO NOTHING`,
      values: [
        ...eventKeys(rows),
        numberArray(rows.map(({ tag }) => tag)),
        numberArray(rows.map(({ time }) => time)),
        textArray(rows.map(({ condition }) => condition)),
        textArray(rows.map(({ state }) => state)),
        numberArray(rows.map(({ severity }) => severity)),
        textArray(rows.map(({ text }) => text)),
        numberArray(rows.map(({ value }) => value)),
        textArray(rows.map(({ valueText }) => valueText)),
        booleanArray(rows.map(({ historical }) => historical)),
      ],
    });
    const newest = newestOf(rows);
    await this.#client.query({
      name: "set-alarm-states",
      text: `INSERT INTO alarm_state AS held (stream, journal_epoch, event_sequence, tag, condition_key)
        SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::integer[], $5::text[])
        ON CONFLICT (tag, condition_key) DO UPDATE SET event_sequence = excluded.event_sequence WHERE excluded.event_sequence > held.event_sequence`,
      values: [
        ...eventKeys(newest),
        numberArray(newest.map(({ tag }) => tag)),
        textArray(newest.map(({ conditionKey }) => conditionKey)),
      ],
    });
  }

  /** Nearly always there is a row: an UPDATE costs the server less than an INSERT that finds a conflict. */
  async setCurrent(rows: CurrentRows, replace: "any" | "earlier"): Promise<void> {
    const columns = "time, status, kind, value, integer_value, text_value, bytes_value, stale";
    const time = `${MICROS} n.time * INTERVAL '1 microsecond'`;
    const values = `${time}, n.status, n.kind, n.value, n.integer_value, n.text_value, n.bytes_value, false`;
    const parameters = otherColumns(rows);
    const { rowCount } = await this.#client.query({
      name: `set-current-${replace}`,
      text: `UPDATE current_value AS held SET (${columns}) = ROW(${values}) FROM ${OTHER_ROWS}
        WHERE held.tag = n.tag ${replace === "any" ? "" : `AND ${time} >= held.time`}`,
      values: parameters,
    });
    if (rowCount === rows.tags.length) return;
    await this.#client.query({
      name: "add-current",
      text: `INSERT INTO current_value (tag, ${columns}) SELECT n.tag, ${values} FROM ${OTHER_ROWS} ON CONFLICT DO NOTHING`,
      values: parameters,
    });
  }

  async setStale({ tags, statusCodes }: { tags: readonly number[]; statusCodes: readonly number[] }): Promise<void> {
    await this.#client.query({
      name: "set-stale",
      text: `UPDATE current_value SET stale = true, status = n.status
        FROM unnest($1::integer[], $2::bigint[]) AS n(tag, status) WHERE current_value.tag = n.tag`,
      values: [numberArray(tags), numberArray(statusCodes)],
    });
  }

  async #insertSamples({ plain, others }: SampleRows, historical: boolean): Promise<void> {
    const time = `${MICROS} n.time * INTERVAL '1 microsecond'`;
    if (plain.tags.length > 0)
      await this.#client.query({
        name: "insert-plain-samples",
        text: `INSERT INTO sample (tag, time, status, kind, value, historical)
          SELECT n.tag, ${time}, n.status, n.kind, n.value, $6::boolean
          FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::smallint[], $5::float8[]) AS n(tag, time, status, kind, value)`,
        values: [...plainColumns(plain), historical],
      });
    if (others.tags.length > 0)
      await this.#client.query({
        name: "insert-other-samples",
        text: `INSERT INTO sample (tag, time, status, kind, value, integer_value, text_value, bytes_value, historical)
          SELECT n.tag, ${time}, n.status, n.kind, n.value, n.integer_value, n.text_value, n.bytes_value, $9::boolean FROM ${OTHER_ROWS}`,
        values: [...otherColumns(others), historical],
      });
  }

  async #copy(columns: string, frames: Iterable<Uint8Array, void>): Promise<void> {
    await this.#client.query(new CopyIn(`COPY sample (${columns}) FROM STDIN (FORMAT binary)`, frames)).ended;
  }
}

const OTHER_ROWS = `unnest($1::integer[], $2::bigint[], $3::bigint[], $4::smallint[], $5::float8[], $6::numeric[], $7::text[], $8::bytea[])
  AS n(tag, time, status, kind, value, integer_value, text_value, bytes_value)`;

function eventKeys(rows: readonly EventRow[]): string[] {
  return [
    numberArray(rows.map(({ stream }) => stream)),
    numberArray(rows.map(({ journalEpoch }) => journalEpoch)),
    numberArray(rows.map(({ eventSequence }) => eventSequence)),
  ];
}

function plainColumns({ tags, times, statusCodes, kinds, values }: PlainRows): string[] {
  return [tags, times, statusCodes, kinds, values].map(numberArray);
}

function otherColumns(rows: OtherRows): string[] {
  return [...plainColumns(rows), numberArray(rows.integers), textArray(rows.texts), bytesArray(rows.bytes)];
}
