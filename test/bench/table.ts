/** Writes rows for people.
 *  section → rows → [table] → standard output */
import type { BenchRow, Figures } from "./bench-section.ts";

/** One line per row and peer; figures in columns in the order in which they first occur. */
export function tableOf(rows: readonly BenchRow[]): string {
  const names = [
    ...new Set(rows.flatMap(({ figures, peer }) => [...Object.keys(figures), ...Object.keys(peer?.figures ?? {})])),
  ];
  const lines = rows.flatMap((row) => {
    const ours = lineOf(
      row.case,
      names,
      row.figures,
      row.ratio === undefined ? "" : `× ${rounded(row.ratio)}`,
      row.limit,
    );
    return row.peer === undefined
      ? [ours]
      : [ours, lineOf(`  ${row.peer.name}`, names, row.peer.figures, "", undefined)];
  });
  const header = ["case", ...names, "ratio", "limit"];
  const used = header.map((_, column) => column === 0 || lines.some((line) => line[column] !== ""));
  const cells = [header, ...lines].map((line) => line.filter((_, column) => used[column]));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells
    .map((line) =>
      line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
    )
    .join("\n");
}

function lineOf(
  name: string,
  names: readonly string[],
  figures: Figures,
  ratio: string,
  limit: string | undefined,
): string[] {
  const values = names.map((figure) => {
    const value = figures[figure];
    return typeof value === "number" ? rounded(value) : (value ?? "");
  });
  return [name, ...values, ratio, limit ?? ""];
}

/** Three significant digits; whole numbers whole. */
export function rounded(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value) || Math.abs(value) >= 1000)
    return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
