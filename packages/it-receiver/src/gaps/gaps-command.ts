/** `nonreturn-it gaps`: what is missing, from when to when, and the code that has it sent again.
 *  gap list → [gaps command] → lines for a person */
import { join } from "node:path";
import { type Command, plural } from "@nonreturn/station";
import { isoMicros } from "../publishers/iso-micros.ts";
import { STORE_FILE } from "../record/store-schema.ts";
import { type GapList, type ListedGap, readGapList } from "./gap-list.ts";

export interface GapsSurroundings {
  readonly print: (line: string) => void;
  readonly dataFolderOf: (configFile: string) => string;
}

/** Healed and lost gaps shown to a person; --json shows all. */
const CLOSED_SHOWN = 20;

/** Add the `gaps` command to a program. Its action throws StationError. */
export function addGapsCommand(program: Command, { print, dataFolderOf }: GapsSurroundings): void {
  program
    .command("gaps")
    .description("list what is missing, with the gap codes to carry to the OT station")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--json", "everything, as JSON")
    .action(({ config, json }: { config: string; json?: true }) => {
      const list = readGapList(join(dataFolderOf(config), STORE_FILE));
      if (json) print(JSON.stringify(list));
      else for (const line of describe(list)) print(line);
    });
}

function describe({ gaps, losses, forks }: GapList): string[] {
  const open = gaps.filter(({ state }) => state === "open");
  const closed = gaps.filter(({ state }) => state !== "open");
  const lines = open.length === 0 ? ["No gaps are open."] : [`${open.length} open:`];
  for (const gap of open) {
    lines.push(`  ${rangeOf(gap)}`, `    on the OT station:  nonreturn-ot replay ${gap.gapCode} --config FILE`);
  }
  if (closed.length > 0) lines.push(`${closed.length} closed${closed.length > CLOSED_SHOWN ? ", the newest:" : ":"}`);
  for (const gap of closed.slice(0, CLOSED_SHOWN)) lines.push(`  ${gap.state.padEnd(6)} ${rangeOf(gap)}`);
  if (losses.length > 0)
    lines.push(`${plural(losses.length, "loss record")} (the OT station had to drop what is in it):`);
  for (const { reason, samples, tags, timeFrom, timeTo } of losses)
    lines.push(
      `  ${plural(samples, "sample")} of ${plural(tags, "tag")}, ${timeOf(timeFrom)} … ${timeOf(timeTo)}, ${reason}`,
    );
  if (forks.length > 0) lines.push(`ALARM: ${plural(forks.length, "fork")} (a cloned or rolled-back OT station):`);
  for (const { sequence, sealingEpoch, reason, noticedAt } of forks)
    lines.push(`  block ${sequence} of epoch ${sealingEpoch}, noticed ${timeOf(noticedAt)}: ${reason}`);
  return lines;
}

function rangeOf({ stream, journalEpoch, first, last, timeFrom, timeTo }: ListedGap): string {
  const blocks = first === last ? `block ${first}` : `blocks ${first} … ${last} (${last - first + 1})`;
  return `${blocks} of stream ${stream}, journal ${journalEpoch}: ${timeOf(timeFrom)} … ${timeOf(timeTo)}`;
}

function timeOf(time: number | undefined): string {
  return time === undefined ? "the beginning" : isoMicros(time);
}
