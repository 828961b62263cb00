/** The last words of a demonstration and its exit code.
 *  account → [conclude] → terminal, shell */
import { ExitCode } from "@nonreturn/station";
import type { Account } from "./reconcile.ts";
import type { Summary } from "./summary.ts";

/** Any sample that is neither published nor named makes it a failure, one too many as much as one too few. */
export function conclude(
  { reported, inGaps, published, unaccounted, lostBeforeJournal }: Account,
  { datagramsDropped, blocksHealed }: Pick<Summary, "datagramsDropped" | "blocksHealed">,
): { readonly text: string; readonly code: ExitCode } {
  const isWhole = unaccounted.mqtt === 0 && unaccounted.sql === 0;
  const lines = [
    "",
    `${reported} samples were reported: ${published.mqtt} published to MQTT, ${published.sql} to SQL, ${inGaps} in named gaps, ${lostBeforeJournal} in loss records.`,
    isWhole
      ? `Every reported sample is accounted for. ${datagramsDropped} datagrams were lost on the way; ${blocksHealed} blocks were healed.`
      : `NOT ACCOUNTED FOR: ${unaccounted.mqtt} samples at MQTT, ${unaccounted.sql} in SQL.`,
    "",
  ];
  return { text: lines.join("\n"), code: isWhole ? ExitCode.ok : ExitCode.failure };
}
