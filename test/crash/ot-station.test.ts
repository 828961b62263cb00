/** P1: what the OT station has journaled survives its death, whenever that comes. Killed with SIGKILL again and again while it reports. */
import { seededRandom } from "@nonreturn/hardware-sim";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ACTIVE_STATEMENT,
  EVENTS_STATEMENT,
  type EventRow,
  eventFindings,
  NO_EVENT_FINDINGS,
} from "../support/line/check-events.ts";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { healWithReplays } from "../support/line/heal.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { ReportedSamples } from "../support/line/reported-samples.ts";
import { valueBits } from "../support/line/sample-fact.ts";
import { until } from "../support/line/until.ts";

const CHECK: CheckOptions = { mqtt: "once", otStation: "killed" };
const KILLS = 5;
/** About as long as a start takes. */
const LONGEST_START_MS = 1500;

let line: Line;
beforeAll(async () => {
  line = await prepareLine({ seed: 21, secondPassAfter: "3s", alarms: "some" });
  await line.it.start();
});
afterAll(() => line?.close());

test(`killed ${KILLS} times while it starts for the first time: then it starts, and its journal begins at block 1`, async () => {
  const random = seededRandom(21, "first start");
  for (let kill = 0; kill < KILLS; kill++) await line.ot.startAndKill(random() * LONGEST_START_MS);
  await line.ot.start();
  await line.sealed(5);
  expect(line.reported.blocks[0]!.header.sequence).toBe(1);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
});

test(`killed ${KILLS} times: the chain goes on from the last committed block, in a higher epoch, and everything is published`, async () => {
  const random = seededRandom(21, "kills");
  const committed: { readonly sequence: number; readonly hash: string; readonly epoch: number }[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await line.sealed(1 + Math.floor(random() * 12));
    await line.ot.kill();
    const sequence = line.reported.read();
    const { hash, header } = line.reported.blocks.at(-1)!;
    committed.push({ sequence, hash, epoch: header.sealingEpoch });
    await line.ot.start();
    await line.sealed(1);
    // Whatever was committed when it died is the parent of what it sealed next; `read` follows the chain block by block.
    expect(line.reported.blocks[sequence]!.header.sealingEpoch).toBeGreaterThan(header.sealingEpoch);
  }
  await healWithReplays(line);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);

  // Read anew, from the first block: nothing that was committed has changed since.
  const whole = new ReportedSamples(line.folder.otData, line.folder.otKeys);
  whole.read();
  for (const { sequence, hash } of committed) expect(whole.blocks[sequence - 1]!.hash).toBe(hash);
  expect(new Set(committed.map(({ epoch }) => epoch)).size).toBe(KILLS);
  const verified = JSON.parse(await line.itCommand(["verify", "--all-signatures", "--json"]));
  expect(verified).toMatchObject({ failureCount: 0, forks: 0, openGaps: 0 });
});

test(`killed ${KILLS} times amid alarms: numbers go on without holes, no change comes twice, none is missed, and SQL has the same events`, async () => {
  const random = seededRandom(21, "alarms");
  const { reported, plant } = line;
  const activeAtKill: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const seen = reported.events.length;
    await until(
      "more alarm events in the journal",
      () => reported.read() > 0 && reported.events.length > seen + 3 + random() * 5,
    );
    await line.ot.kill();
    reported.read();
    activeAtKill.push(activeIn(reported.events).size);
    await line.ot.start();
  }
  await line.sealed(20);
  // In order: then the newest samples and events that were journaled belong together.
  expect(await line.ot.stop()).toBe(0);
  reported.read();
  const events = [...reported.events];
  const samples = [...reported.samples];
  const active = activeIn(events);
  await line.ot.start();
  const rowsOf = async <Row>(statement: string): Promise<Row[]> =>
    (await line.itCommand(["sql", statement, "--json"]))
      .split("\n")
      .filter((row) => row !== "")
      .map((row) => JSON.parse(row) as Row);
  await healWithReplays(line);
  const rows = await until("the events of the journal in SQL", async () => {
    const found = await rowsOf<EventRow>(EVENTS_STATEMENT);
    return found.length >= events.length ? found : undefined;
  });
  expect(eventFindings(events, samples, plant.alarms, rows)).toEqual(NO_EVENT_FINDINGS);
  const served = events.map((event) => ({
    ...samples[0]!,
    path: event.path,
    timestamp: event.time,
    value: valueBits(event.value),
    statusCode: 0,
  }));
  const falselySaid = () => {
    line.served.read(); // the simulator writes once a second
    return line.served.mismatches(served, plant.tags);
  };
  await expect.poll(falselySaid, { timeout: 60_000 }).toEqual([]);
  // Whatever has come and gone since: an alarm whose newest event is an old one is active there, too.
  const sqlActive = new Map((await rowsOf<EventRow>(ACTIVE_STATEMENT)).map((row) => [row.event_sequence, row]));
  reported.read();
  const stillNewest = [...active].filter(
    ([key]) => !reported.events.slice(events.length).some((event) => keyOf(event) === key),
  );
  expect(stillNewest.filter(([, number]) => !sqlActive.has(number))).toEqual([]);
  // Controls: there was something to find, and what is doctored is found.
  expect(events.length).toBeGreaterThan(30);
  expect(Math.max(...activeAtKill)).toBeGreaterThan(0);
  const twice = events.flatMap((event, at) => (at === 9 ? [event, event] : [event]));
  expect(eventFindings(twice, samples, plant.alarms, rows)).toMatchObject({ outOfTurn: [expect.anything()] });
  const without = eventFindings(events, samples, plant.alarms, rows.toSpliced(4, 1));
  expect(without.notInSql).toHaveLength(1);
  const [changed, ...others] = events.toReversed();
  const missed = eventFindings(others.toReversed(), samples, plant.alarms, rows);
  expect(missed.leftWrong).toEqual([keyOf(changed!)]);
});

/** Number of the newest event of every alarm that is active. */
function activeIn(events: ReportedSamples["events"]): Map<string, number> {
  const active = new Map<string, number>();
  for (const event of events)
    if (event.state === "active") active.set(keyOf(event), event.eventSequence);
    else active.delete(keyOf(event));
  return active;
}

function keyOf({ path, condition }: { readonly path: string; readonly condition: string }): string {
  return `${path} ${condition}`;
}
