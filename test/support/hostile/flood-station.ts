/** A real IT station under a flood of hostile datagrams, and what it says afterwards.
 *  flood link → UDP → nonreturn-it → [flood station] → findings, to be compared */
import { until } from "../line/until.ts";
import { floodLink, queueOf } from "./flood-link.ts";
import { HostileTraffic } from "./hostile-traffic.ts";
import { type ItStatus, itPlace } from "./it-process.ts";

export interface FloodFindings {
  readonly expected: Readonly<Record<string, number>>;
  readonly counted: Readonly<Record<string, number>>;
  readonly validBlocks: number;
  readonly storedBlocks: number;
  readonly kernelDrops: number;
  readonly grownBytes: number;
  readonly logLines: number;
  readonly datagramsPerSecond: number;
  readonly verify: number | null;
}

/** @param warmUp  hostile datagrams before memory is first looked at. */
export async function floodStation(seed: number, warmUp: number, count: number): Promise<FloodFindings> {
  const place = await itPlace(seed);
  const station = await place.start();
  const traffic = new HostileTraffic(seed, place.keys);
  const first = await floodLink(traffic, place.port, warmUp);
  const before = await settled(place.status, first.validBlocks);
  const flood = await floodLink(traffic, place.port, count);
  const validBlocks = first.validBlocks + flood.validBlocks;
  const after = await settled(place.status, validBlocks);
  const { drops } = queueOf(place.port);
  station.signal("SIGTERM");
  await station.ended;
  const verify = place.run(["verify"]);
  const { code } = await verify.ended;
  const expected: Record<string, number> = { ...first.expected };
  for (const [reason, times] of Object.entries(flood.expected)) expected[reason] = (expected[reason] ?? 0) + times;
  return {
    expected,
    counted: countsOf(after),
    validBlocks,
    storedBlocks: after.figures.record_stored_blocks ?? 0,
    kernelDrops: drops,
    grownBytes: after.rssBytes - before.rssBytes,
    logLines: station.stderr().split("\n").length,
    datagramsPerSecond: Math.round(flood.datagrams / flood.seconds),
    verify: code,
  };
}

/** Figures come once a second: wait until they have come to rest. */
async function settled(status: () => Promise<ItStatus>, blocks: number): Promise<ItStatus> {
  let last = "";
  return until("every valid block stored and every datagram counted", async () => {
    const now = await status();
    const counts = JSON.stringify(countsOf(now));
    const isAtRest = counts === last && (now.figures.record_stored_blocks ?? 0) >= blocks;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    last = counts;
    return isAtRest ? now : undefined;
  });
}

function countsOf({ figures }: ItStatus): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, value] of Object.entries(figures)) {
    const match = /^(?:intake_datagrams_total|record_blocks_refused_total)\{(?:verdict|code)="([^"]+)"\}$/.exec(name);
    if (match !== null && value > 0 && match[1] !== "admitted" && match[1] !== "held") counts[match[1]!] = value;
  }
  return counts;
}
