/** The cells of a chunk by minute, as they lie beside it: an interval of whole minutes is answered from them, and they may outlive the samples.
 *  chunk → [chunk figures] → figures table → read history */
import { type SampleColumns, WireError } from "@nonreturn/wire-format";
import { AREA_SCALE, CELL_MICROS, emptyCell, forEachCell, type SampleCell, SUM_SCALE } from "../sample-cells.ts";
import { CHUNK_SAMPLES } from "./chunk.ts";
import { formOf, MOST_DECIMALS, POWERS } from "./chunk-columns.ts";
import { readFigure, type Scale, writeFigure } from "./foretold-figures.ts";
import { WholeReader, WholeWriter } from "./whole-columns.ts";

/*
 * 16 bits  cells; 6 bits: decimals of min, max, last, or 16: none
 * columns  minute − (the one before + 1); first, last time within the minute − the usual; samples − the usual; unusable;
 *          covered − (last − first time). The usual one: 32 bits, before the column.
 * figures  min, max, last, sum, area, each foretold from what was read before it (foretold-figures.ts)
 */
const COUNT_BITS = 16;
const DECIMALS_BITS = 6;
const NO_DECIMALS = 16;
const USUAL_BITS = 32;

/** Fewer samples per cell than this, and reading the samples costs as little as reading their figures. */
const SAMPLES_PER_CELL = 30;
const MOST_CELLS = Math.floor(CHUNK_SAMPLES / SAMPLES_PER_CELL); // 8192 / 30

/** Whose end is a safe number of microseconds. */
const LAST_MINUTE = Math.floor(Number.MAX_SAFE_INTEGER / CELL_MICROS) - 1;

/** How bodies are packed: there is one way so far. */
const CODEC = 1;

export interface FiguresBody {
  readonly codec: number;
  readonly body: Uint8Array;
}

interface Figure {
  readonly name: "min" | "max" | "last" | "sum" | "area";
  readonly scale: number;
  /** What it probably is: anything that depends on the cell before, and on the figures of this one that were read already. */
  foretell(cell: SampleCell, before: SampleCell): number;
}

/** + − × / only: they give the same bits everywhere. */
const FIGURES: readonly Figure[] = [
  { name: "min", scale: 1, foretell: (_, before) => before.min },
  { name: "max", scale: 1, foretell: (_, before) => before.max },
  { name: "last", scale: 1, foretell: (_, before) => before.last },
  { name: "sum", scale: SUM_SCALE, foretell: ({ samples }, before) => (before.sum / before.samples) * samples },
  { name: "area", scale: AREA_SCALE, foretell: (cell) => meanHeld(cell) * cell.covered * AREA_SCALE },
];

/** Of all samples but the last, which held for no time. */
function meanHeld({ sum, samples, last }: SampleCell): number {
  return Number.isNaN(last) ? sum / SUM_SCALE / samples : (sum / SUM_SCALE - last) / (samples - 1);
}

/** @returns undefined where there are too few samples per minute to be worth it. */
export function encodeFigures(series: SampleColumns): FiguresBody | undefined {
  const minutes = new Set<number>();
  const most = Math.min(series.count / SAMPLES_PER_CELL, MOST_CELLS);
  for (let row = 0; row < series.count && minutes.size <= most; row++)
    minutes.add(Math.floor(series.timestamps[row]! / CELL_MICROS));
  if (minutes.size > most) return undefined;
  const cells: SampleCell[] = [];
  forEachCell(
    series,
    0,
    series.count,
    () => Number.POSITIVE_INFINITY,
    (cell) => void cells.push({ ...cell }),
  );
  const out = new WholeWriter();
  out.bits(cells.length, COUNT_BITS);
  const values = cells.flatMap(({ min, max, last }) => [min, max, last]).filter(Number.isFinite);
  const form = formOf(Float64Array.from(values));
  const decimals = form <= MOST_DECIMALS ? form : NO_DECIMALS;
  out.bits(decimals, DECIMALS_BITS);
  const starts = cells.map(({ firstAt }) => Math.floor(firstAt / CELL_MICROS));
  out.column(starts.map((minute, index) => minute - 1 - (starts[index - 1] ?? -1)));
  const startOf = (index: number): number => starts[index]! * CELL_MICROS;
  writeBesideUsual(
    out,
    cells.map(({ firstAt }, index) => firstAt - startOf(index)),
  );
  writeBesideUsual(
    out,
    cells.map(({ lastAt }, index) => lastAt - startOf(index)),
  );
  writeBesideUsual(
    out,
    cells.map(({ samples }) => samples),
  );
  out.column(cells.map(({ unusable }) => unusable));
  out.column(cells.map(({ covered, firstAt, lastAt }) => covered - (lastAt - firstAt)));
  for (const { name, scale, foretell } of FIGURES) {
    const foretold = cells.map((cell, index) => foretell(cell, cells[index - 1] ?? emptyCell()));
    writeFigure(
      out,
      cells.map((cell) => cell[name]),
      foretold,
      scaleOf(decimals, scale),
    );
  }
  return { codec: CODEC, body: out.take() };
}

/** @throws {WireError} BATCH_MALFORMED for a damaged body. */
export function decodeFigures({ codec, body }: FiguresBody): SampleCell[] {
  if (codec !== CODEC) throw new WireError("BATCH_MALFORMED", `chunk: figures of codec ${codec}`);
  const input = new WholeReader(body);
  const count = input.bits(COUNT_BITS);
  if (count > MOST_CELLS) throw new WireError("BATCH_MALFORMED", `chunk: figures of ${count} minutes`);
  const decimals = input.bits(DECIMALS_BITS);
  if (decimals > MOST_DECIMALS && decimals !== NO_DECIMALS)
    throw new WireError("BATCH_MALFORMED", `chunk: figures of ${decimals} decimals`);
  const minutes = input.column(count);
  const [firsts, lasts, samples] = [1, 2, 3].map(() => readBesideUsual(input, count)) as [number[], number[], number[]];
  const unusable = input.column(count);
  const uncovered = input.column(count);
  let minute = -1;
  const cells = minutes.map((step, index): SampleCell => {
    minute += 1 + step;
    const [begin, end] = [firsts[index]!, lasts[index]!];
    if (step < 0 || minute > LAST_MINUTE || begin < 0 || end < begin || end >= CELL_MICROS)
      throw new WireError("BATCH_MALFORMED", "chunk: figures of no minute");
    if (!isCount(samples[index]!) || !isCount(unusable[index]!))
      throw new WireError("BATCH_MALFORMED", "chunk: figures of no number of samples");
    const firstAt = minute * CELL_MICROS + begin;
    const lastAt = minute * CELL_MICROS + end;
    const covered = uncovered[index]! + (lastAt - firstAt);
    const cell = emptyCell();
    cell.firstAt = firstAt;
    cell.lastAt = lastAt;
    cell.samples = samples[index]!;
    cell.unusable = unusable[index]!;
    cell.covered = covered;
    return cell;
  });
  for (const { name, scale, foretell } of FIGURES) {
    const figureAt = readFigure(input, count, scaleOf(decimals, scale));
    let before = emptyCell();
    for (const [index, cell] of cells.entries()) {
      cell[name] = figureAt(index, foretell(cell, before));
      before = cell;
    }
  }
  input.end();
  return cells;
}

function isCount(samples: number): boolean {
  return samples >= 0 && samples <= CHUNK_SAMPLES;
}

function scaleOf(decimals: number, scale: number): Scale {
  return decimals === NO_DECIMALS ? undefined : { power: POWERS[decimals]!, scale };
}

function writeBesideUsual(out: WholeWriter, column: readonly number[]): void {
  const usual = column.toSorted((a, b) => a - b)[column.length >> 1] ?? 0;
  out.bits(usual, USUAL_BITS);
  out.column(column.map((value) => value - usual));
}

function readBesideUsual(input: WholeReader, count: number): number[] {
  const usual = input.bits(USUAL_BITS);
  return input.column(count).map((difference) => difference + usual);
}
