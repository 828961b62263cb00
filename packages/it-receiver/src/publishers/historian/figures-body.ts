/** Cells of one tag by minute or by hour, as they lie in the file.
 *  roll up → [figures body] → figures table → read history */
import { WireError } from "@nonreturn/wire-format";
import { AREA_SCALE, emptyCell, type SampleCell, SUM_SCALE } from "../sample-cells.ts";
import { formOf, MOST_DECIMALS, POWERS } from "./chunk-columns.ts";
import { readFigure, type Scale, writeFigure } from "./foretold-figures.ts";
import { WholeReader, WholeWriter } from "./whole-columns.ts";

/*
 * 16 bits  cells; 6 bits: decimals of min, max, last, or 16: none
 * columns  minute or hour − (the one before + 1); first, last time within it − the usual; samples − the usual; unusable;
 *          covered − (last − first time). The usual one: 32 bits, before the column.
 * figures  min, max, last, sum, area, each foretold from what was read before it (foretold-figures.ts)
 */
const COUNT_BITS = 16;
const DECIMALS_BITS = 6;
const NO_DECIMALS = 16;
const USUAL_BITS = 32;

/** Minutes of a unit of six hours; hours of ten days are fewer. */
const MOST_CELLS = 360;
/** Of one cell: 600,000 a second for an hour. */
const MOST_SAMPLES = 2 ** 31;

/** How bodies are packed: the same way for both lengths of cells. */
const CELL_MICROS_OF: Readonly<Record<number, number>> = { 1: 60_000_000, 2: 3_600_000_000 };
export const MINUTES_CODEC = 1;
export const HOURS_CODEC = 2;

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

/** @param cells  in order of time, each within its minute or its hour (UTC), one per minute or hour, at most MOST_CELLS. */
export function encodeFigures(cells: readonly SampleCell[], codec: number): FiguresBody {
  const cellMicros = cellMicrosOf(codec);
  const out = new WholeWriter();
  out.bits(cells.length, COUNT_BITS);
  const values = cells.flatMap(({ min, max, last }) => [min, max, last]).filter(Number.isFinite);
  const form = formOf(Float64Array.from(values));
  const decimals = form <= MOST_DECIMALS ? form : NO_DECIMALS;
  out.bits(decimals, DECIMALS_BITS);
  const starts = cells.map(({ firstAt }) => Math.floor(firstAt / cellMicros));
  out.column(starts.map((start, index) => start - 1 - (starts[index - 1] ?? -1)));
  const startOf = (index: number): number => starts[index]! * cellMicros;
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
  return { codec, body: out.take() };
}

/** @throws {WireError} BATCH_MALFORMED for a damaged body. */
export function decodeFigures({ codec, body }: FiguresBody): SampleCell[] {
  const cellMicros = cellMicrosOf(codec);
  const input = new WholeReader(body);
  const count = input.bits(COUNT_BITS);
  if (count > MOST_CELLS) throw new WireError("BATCH_MALFORMED", `chunk: figures of ${count} cells`);
  const decimals = input.bits(DECIMALS_BITS);
  if (decimals > MOST_DECIMALS && decimals !== NO_DECIMALS)
    throw new WireError("BATCH_MALFORMED", `chunk: figures of ${decimals} decimals`);
  const starts = input.column(count);
  const [firsts, lasts, samples] = [1, 2, 3].map(() => readBesideUsual(input, count)) as [number[], number[], number[]];
  const unusable = input.column(count);
  const uncovered = input.column(count);
  let start = -1;
  const cells = starts.map((step, index): SampleCell => {
    start += 1 + step;
    const [begin, end] = [firsts[index]!, lasts[index]!];
    const isSafe = Number.isSafeInteger((start + 1) * cellMicros);
    if (step < 0 || !isSafe || begin < 0 || end < begin || end >= cellMicros)
      throw new WireError("BATCH_MALFORMED", "chunk: figures of no time");
    if (!isCount(samples[index]!) || !isCount(unusable[index]!))
      throw new WireError("BATCH_MALFORMED", "chunk: figures of no number of samples");
    const firstAt = start * cellMicros + begin;
    const lastAt = start * cellMicros + end;
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
  return samples >= 0 && samples <= MOST_SAMPLES;
}

/** @throws {WireError} BATCH_MALFORMED */
function cellMicrosOf(codec: number): number {
  const micros = CELL_MICROS_OF[codec];
  if (micros === undefined) throw new WireError("BATCH_MALFORMED", `chunk: figures of codec ${codec}`);
  return micros;
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
