/** A range of history as CSV, page by page: as much is in memory as one page, however slow the client reads.
 *  history queries → [export CSV] → HTTP answer */
import type { UtcMicros } from "@nonreturn/wire-format";
import type { HistoryQueries, Place } from "./history-queries.ts";
import { CSV_HEADER, csvRow, csvStart, type Formulas } from "./map-sample.ts";

const PAGE = { samples: 5000, characters: 1024 * 1024 };

/** The first page is read before this resolves, so that a refusal can still be answered. @throws {Problem} 503 */
export async function exportCsv(
  history: HistoryQueries,
  path: string,
  unit: string,
  range: { readonly from: UtcMicros; readonly to: UtcMicros },
  formulas: Formulas,
  marks: readonly UtcMicros[],
): Promise<AsyncIterable<string>> {
  const start = csvStart(path, formulas);
  const read = (from: UtcMicros | Place) =>
    history.page(
      path,
      from,
      range.to,
      PAGE,
      (sample) => csvRow(start, unit, sample, formulas),
      (row) => row.length,
      marks,
    );
  const first = await read(range.from);
  return (async function* parts() {
    yield CSV_HEADER;
    for (let page = first; ; page = await read(page.next)) {
      if (page.rows.length > 0) yield page.rows.join("");
      if (page.next === undefined) return;
    }
  })();
}
