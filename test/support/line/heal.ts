/** Does what an operator does: carries every open gap's code to the OT station, until no gap is open.
 *  nonreturn-it gaps → [heal] → nonreturn-ot replay */
import { sleep, systemClock } from "@nonreturn/station";
import type { Line } from "./line.ts";
import { until } from "./until.ts";

/** What a replay brings has arrived by then, or is lost again and asked for again. */
const ROUND_MS = 2000;

/** Both stations must run. @throws if a gap stays open although it is sent again and again. */
export async function healWithReplays(line: Line): Promise<void> {
  const head = line.reported.read();
  await until("the IT station knows of every block until now", async () => {
    const held = (await line.it.status()).figures.record_stored_blocks ?? 0;
    const missing = line.gaps().filter(({ state }) => state === "open");
    return held + blocksOf(missing) >= head;
  });
  // As many rounds as it takes, while each of them brings something.
  const openUntilHead = () => line.gaps().filter(({ state, first }) => state === "open" && first <= head);
  for (let open = openUntilHead(); open.length > 0; ) {
    const before = blocksOf(open);
    await until(`fewer than ${before} blocks missing`, async () => {
      for (const { gapCode } of open) await line.replay(gapCode);
      await sleep(systemClock, ROUND_MS);
      open = openUntilHead();
      return blocksOf(open) < before;
    });
  }
}

function blocksOf(gaps: readonly { readonly first: number; readonly last: number }[]): number {
  return gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
