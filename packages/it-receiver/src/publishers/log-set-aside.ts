/** Says once for a batch what of it is not published: what was set aside, and what retention removed before.
 *  runner → [log set aside] → log */
import type { Log } from "@nonreturn/station/thread";
import type { ProgressStep } from "./progress.ts";

export function logSetAside({ quarantine = [], gaps = [] }: ProgressStep, publisher: string, log: Log): void {
  const [first] = quarantine;
  if (first !== undefined) {
    const { position, path, value, reason } = first;
    const blocks = new Set(quarantine.map((one) => one.position)).size;
    const rows = quarantine.reduce((sum, one) => sum + one.rows, 0);
    log.error(
      { publisher, blocks, rows, first: { position, path, value, reason } },
      "what cannot be published here is set aside; it stays in the store (nonreturn-it quarantine)",
    );
  }
  for (const gap of gaps) log.error({ publisher, ...gap }, "retention removed blocks before they were published");
}
