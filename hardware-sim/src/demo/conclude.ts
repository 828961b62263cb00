/** The last words of a demonstration and its exit code.
 *  account → [conclude] → terminal, shell */
import { ExitCode } from "@nonreturn/station";
import type { Account } from "./reconcile.ts";
import type { Summary } from "./summary.ts";

/** Any sample or alarm event that is neither at the IT side nor named makes it a failure, one too many as much as one too few. */
export function conclude(
  { reported, inGaps, published, unaccounted, lostBeforeJournal, events }: Account,
  { datagramsDropped, blocksHealed }: Pick<Summary, "datagramsDropped" | "blocksHealed">,
): { readonly text: string; readonly code: ExitCode } {
  const isWhole = [...Object.values(unaccounted), ...Object.values(events.unaccounted)].every((count) => count === 0);
  const lines = [
    "",
    `${reported} samples were reported: ${published.mqtt} published to MQTT, ${published.sql} to SQL, ${inGaps} in named gaps, ${lostBeforeJournal} in loss records.`,
    `${events.reported} alarm events were reported: ${events.received} arrived, ${events.published.mqtt} published to MQTT, ${events.published.sql} to SQL, ${events.inGaps} in named gaps, ${events.lostBeforeJournal} in loss records.`,
    isWhole
      ? `Every reported sample and event is accounted for. ${datagramsDropped} datagrams were lost on the way; ${blocksHealed} blocks were healed.`
      : `NOT ACCOUNTED FOR: ${unaccounted.mqtt} samples at MQTT, ${unaccounted.sql} in SQL; ${events.unaccounted.received} events at the IT station, ${events.unaccounted.mqtt} at MQTT, ${events.unaccounted.sql} in SQL.`,
    "",
  ];
  return { text: lines.join("\n"), code: isWhole ? ExitCode.ok : ExitCode.failure };
}
