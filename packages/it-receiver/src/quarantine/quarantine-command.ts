/** `nonreturn-it quarantine`: what business systems refused, with the reason, listed or offered again; whether the station runs or not.
 *  command line → publishers.db, historian.db → lines for a person; marks for the publishers */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, plural, StationError } from "@nonreturn/station";
import { isoMicros } from "../publishers/iso-micros.ts";
import { markForRetry, PROGRESS_FILE, readQuarantined } from "../publishers/quarantine-table.ts";
import { assertKept } from "../record/assert-kept.ts";
import { historianPath } from "../sql/history-tables.ts";
import { formatRows } from "../sql/print-rows.ts";

export interface QuarantineSurroundings {
  readonly print: (line: string) => void;
  readonly dataFolderOf: (configFile: string) => string;
}

const COLUMNS = ["publisher", "set_aside", "path", "time", "value", "reason", "rows", "lane", "position", "first_row"];
/** Lines for a person; --json and --csv have all. */
const SHOWN = 1000;

interface Options {
  readonly config: string;
  readonly publisher?: string;
  readonly position?: number;
  readonly json?: true;
  readonly csv?: true;
}

/** Add the `quarantine` command to a program. Its action throws StationError. */
export function addQuarantineCommand(program: Command, { print, dataFolderOf }: QuarantineSurroundings): void {
  program
    .command("quarantine")
    .argument("[what]", "list, export (all of it, for programs) or retry", oneOf, "list")
    .description(
      "list the samples that business systems refused, with the reason, or have them offered again; they are in the store",
    )
    .requiredOption("--config <file>", "configuration of this station")
    .option("--publisher <name>", "of this one alone")
    .option("--position <number>", "retry: of this block alone", wholeNumber)
    .option("--json", "one object per line")
    .option("--csv", "with a header line")
    .action((what: string, { config, publisher, position, json, csv }: Options) => {
      if (what === "retry") {
        const records = retry(dataFolderOf(config), publisher, position);
        print(
          records === 0
            ? "Nothing is set aside."
            : `${plural(records, "record")} ${records === 1 ? "is" : "are"} offered again, by the running station or at its next start.`,
        );
        return;
      }
      const format = json ? "json" : csv ? "csv" : what === "export" ? "json" : "table";
      const limit = format === "table" ? SHOWN : Number.MAX_SAFE_INTEGER;
      let rows = 0;
      for (const line of formatRows(COLUMNS, counted(readRows(dataFolderOf(config), publisher, limit)), format))
        if (format !== "table" || rows > 0) print(line);
      if (format === "table" && rows === 0) print("Nothing is set aside.");
      if (format === "table" && rows >= SHOWN) print(`The newest ${SHOWN} of each file; all with --json or --csv.`);

      function* counted<Row>(found: Iterable<Row>): Generator<Row, void, void> {
        for (const row of found) {
          rows++;
          yield row;
        }
      }
    });
}

function oneOf(text: string): string {
  if (["list", "export", "retry"].includes(text)) return text;
  throw usage(`there is no quarantine ${JSON.stringify(text)}`, "Write list, export or retry.");
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw usage(`${JSON.stringify(text)} is no position`, "Write the position that the list shows.");
}

function usage(what: string, action: string): StationError {
  return new StationError({ code: "USAGE", what, action });
}

function retry(dataFolder: string, publisher: string | undefined, position: number | undefined): number {
  const path = join(dataFolder, PROGRESS_FILE);
  assertKept(path, "blocks");
  const files = [path, historianPath(dataFolder)].filter(existsSync);
  return files.reduce((sum, file) => sum + markForRetry(file, publisher, position), 0);
}

function* readRows(
  dataFolder: string,
  publisher: string | undefined,
  limit: number,
): Generator<readonly (string | number | null)[], void, void> {
  const path = join(dataFolder, PROGRESS_FILE);
  assertKept(path, "blocks");
  for (const file of [path, historianPath(dataFolder)]) {
    if (!existsSync(file)) continue;
    for (const one of readQuarantined(file, publisher, limit)) {
      const { at, path: tagPath, sourceTime, value, reason, rows, lane, position, firstRow } = one;
      const told = rows === 0 ? [null, null, null] : [tagPath, isoMicros(sourceTime), value];
      yield [one.publisher, isoMicros(at), ...told, reason, rows, lane, position, firstRow];
    }
  }
}
