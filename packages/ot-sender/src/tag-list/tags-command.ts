/** `nonreturn-ot tags export | import`: the tags of a configuration as a list for spreadsheets, and back.
 *  command line → [tags command] → write list; read list → compare list → edit file */
import { chownSync, readFileSync, realpathSync, statSync } from "node:fs";
import { type Command, ConfigError, type ConfigMistake, StationError, writeFileDurably } from "@nonreturn/station";
import { loadOtConfig, parseOtConfig } from "../config/ot-station-config.ts";
import { COLUMNS } from "./columns.ts";
import { compareList, type Difference, differenceLines, type ImportMode } from "./compare-list.ts";
import { type EditedFile, editFile } from "./edit-file.ts";
import { readList } from "./read-list.ts";
import { writeList } from "./write-list.ts";
import { writtenDevices } from "./written-devices.ts";

const LIST_BYTES = 64 * 1024 * 1024;

/** Add the `tags` commands to a program. Their actions throw StationError. */
export function addTagsCommands(program: Command, { print }: { readonly print: (line: string) => void }): void {
  const tags = program.command("tags").description("the tags as a list for spreadsheets");
  tags
    .command("export")
    .description("print the tags that stand in devices, and the calculated ones, as CSV; those of templates stay there")
    .requiredOption("--config <file>", "configuration of this station")
    .action(({ config: file }: { config: string }) => {
      loadOtConfig(file);
      print(writeList(writtenDevices(readFileSync(file, "utf8"))).trimEnd());
    });
  tags
    .command("import")
    .description("show what a list changes, then change the configuration file; comments stay")
    .argument("<list>", "CSV file: path, device, address, … ; see docs/tags.md")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--replace", "tags of the listed devices that are not in the list are removed")
    .option("--dry-run", "only show the difference")
    .action((list: string, options: { config: string; replace?: true; dryRun?: true }) => {
      const mode = options.replace === true ? "replace" : "merge";
      const { difference, text } = planImport(readListFile(list), list, options.config, mode);
      for (const line of differenceLines(difference)) print(line);
      if (options.dryRun === true) return print("nothing was written");
      if (difference.changes.length === 0) return;
      replaceFile(options.config, text);
      print(
        `${options.config} was written; a running station takes it over with: nonreturn-ot reload --config ${options.config}`,
      );
    });
}

/**
 * What an import would do. Nothing is written.
 *
 * @throws {ConfigError} CONFIG_INVALID: every bad row with its line in the list, or what is wrong with the configuration itself.
 */
function planImport(
  list: string,
  listName: string,
  configFile: string,
  mode: ImportMode,
): { readonly difference: Difference; readonly text: string } {
  loadOtConfig(configFile);
  const before = readFileSync(configFile, "utf8");
  const devices = writtenDevices(before);
  const read = readList(list, devices);
  const difference = compareList(read, devices, mode);
  if (read.mistakes.length > 0) {
    const others = laterMistakes(before, difference, configFile);
    throw new ConfigError(
      listName,
      [...read.mistakes, ...others].sort((one, other) => one.line - other.line),
    );
  }
  if (difference.changes.length === 0) return { difference, text: before };
  const edited = editFile(before, difference.changes);
  try {
    parseOtConfig(edited.text, configFile);
  } catch (error) {
    throw error instanceof ConfigError ? inTermsOfTheList(error, listName, edited) : error;
  }
  return { difference, text: edited.text };
}

/** Where cells are bad already: what else is wrong with the other rows. What may follow from rows that are left out is not theirs. */
function laterMistakes(before: string, { changes }: Difference, configFile: string): ConfigMistake[] {
  if (changes.length === 0) return [];
  let edited: EditedFile | undefined;
  try {
    edited = editFile(before, changes);
    parseOtConfig(edited.text, configFile);
    return [];
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    if (edited === undefined || !(error instanceof ConfigError)) return []; // told once the cells are right
    const ofRow = rowMistakes(edited);
    return error.mistakes.flatMap((mistake) => ofRow(mistake) ?? []);
  }
}

/** A mistake in a tag that came from a row is the row's. Others keep their place in the configuration as it would be. */
function inTermsOfTheList(error: ConfigError, listName: string, edited: EditedFile): ConfigError {
  const ofRow = rowMistakes(edited);
  const mistakes = error.mistakes.map(
    (mistake): ConfigMistake =>
      ofRow(mistake) ?? { ...mistake, line: 1, column: 1, text: `${mistake.text} (with this list)` },
  );
  return new ConfigError(listName, mistakes, { cause: error });
}

/** @returns what finds the row of a mistake; undefined if it is in none. */
function rowMistakes({ places }: EditedFile): (mistake: ConfigMistake) => ConfigMistake | undefined {
  const lines = new Map<string, number>();
  for (const [change, at] of places)
    if (change.kind !== "remove") {
      const { kind, index } = change.device;
      lines.set(kind === "calculated" ? `calculatedTags[${at}]` : `devices[${index}].tags[${at}]`, change.row.line);
    }
  return ({ path, text }) => {
    const [, tag = "", key = ""] = /^(devices\[\d+\]\.tags\[\d+\]|calculatedTags\[\d+\])\.?(.*)$/.exec(path) ?? [];
    const line = lines.get(tag);
    if (line === undefined) return undefined;
    const column = [...COLUMNS.values()].find((each) => each.key === key.replace(/\[.*$/, ""))?.name ?? key;
    return { line, column: 1, path: column, text };
  };
}

function readListFile(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > LIST_BYTES) throw new RangeError(`it has ${size} bytes, more than ${LIST_BYTES}`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw new StationError(
      {
        code: "CONFIG_TAG_LIST",
        what: `the tag list cannot be read (${error instanceof Error ? error.message : String(error)})`,
        where: path,
        action: 'Check the path; the list must be UTF-8 text: spreadsheets call it "CSV UTF-8".',
      },
      { cause: error },
    );
  }
}

/** Owner, group and permissions stay: the station must be able to read it afterwards. */
function replaceFile(path: string, text: string): void {
  const target = realpathSync(path);
  const { mode, uid, gid } = statSync(target);
  writeFileDurably(target, text, { mode: mode & 0o777 });
  const now = statSync(target);
  if (now.uid !== uid || now.gid !== gid) chownSync(target, uid, gid);
}
