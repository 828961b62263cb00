/** Hours of samples that two business systems missed, while the plant goes on: how fast they are drained, how late live samples are meanwhile,
 *  and what the business systems hold in the end.
 *  filled store → backlog process → PostgreSQL, mosquitto → [measure backlog] → section, test */
import { join } from "node:path";
import type { Lane } from "../../../packages/it-receiver/src/record/store.ts";
import { systemClock } from "../../../packages/station/src/index.ts";
import { startPostgres } from "../../support/embedded-postgres.ts";
import { FilledStore } from "../publishers/filled-store.ts";
import type { Arrivals, ArrivalsSettings } from "./arrivals-process.ts";
import type { BacklogFigures, BacklogSettings } from "./backlog-process.ts";
import { checkRows, NewestRows, startSessionBroker } from "./far-side-servers.ts";
import { SAMPLES_PER_SCAN, SCAN_MS, STEADY_TAGS, steadyScan } from "./steady-plant.ts";
import { ToldProcess } from "./told-process.ts";

const BLOCKS_PER_COMMIT = 256;
const SCHEMA = "nonreturn";
const LOOK_MS = 100;

export interface BacklogPlan {
  /** live: the business systems were away. late: the link was, and the OT station sent its journal afterwards. */
  readonly lane: Lane;
  /** How long, in plant time. */
  readonly hours: number;
  /** Live data alone, before the business systems come back and again after everything is drained. */
  readonly steadyMs: number;
  /** For everything else. */
  readonly deadlineMs: number;
}

export interface DrainedFarSide {
  readonly name: string;
  /** Samples of the backlog, and the seconds from the first that was published to the last; 0 of one that was never away. */
  readonly backlog: number;
  readonly seconds: number;
  /** Samples that are there more or less than were recorded. */
  readonly difference: number;
  readonly notAscending: number;
  /** 99 of 100 live samples were there after so many ms: read since the first of the backlog was published until all were drained, and while there was none. */
  readonly lateDuringMs: number | undefined;
  readonly lateOtherwiseMs: number | undefined;
}

export interface MeasuredBacklog {
  readonly farSides: readonly DrainedFarSide[];
  /** Of the station's process: before anything is drained, and the most while it is. */
  readonly restingBytes: number;
  readonly peakBytes: number;
}

/** @throws Error if it takes longer than the plan says, or a process ends. Nothing is left behind in either case. */
export async function measureBacklog(
  folder: string,
  { lane, hours, steadyMs, deadlineMs }: BacklogPlan,
  say: (line: string) => void,
): Promise<MeasuredBacklog> {
  const toEnd: (() => Promise<unknown>)[] = [];
  const giveUpMs = systemClock.monotonicMs() + deadlineMs;
  const until = async (what: string, reached: () => boolean): Promise<void> => {
    while (!reached()) {
      if (systemClock.monotonicMs() > giveUpMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  try {
    const postgres = await startPostgres();
    toEnd.push(() => postgres.stop());
    const [away, present] = [
      await startSessionBroker(join(folder, "broker-away")),
      await startSessionBroker(join(folder, "broker-present")),
    ];
    toEnd.push(away.stop, present.stop);

    const scans = Math.round((hours * 3_600_000) / SCAN_MS);
    say(`filling the store with ${scans * SAMPLES_PER_SCAN} samples`);
    const stationFolder = join(folder, "station");
    const { end, lastPosition, liveFrom } = fill(stationFolder, lane, scans);

    const arrivals = (url: string, clientId: string) => {
      const settings: ArrivalsSettings = { url, clientId, liveFrom };
      const told = new ToldProcess<Arrivals>("arrivals-process.ts", settings);
      toEnd.push(() => told.end());
      return told;
    };
    const [atAway, atPresent] = [arrivals(away.url, "away"), arrivals(present.url, "present")];
    await until("subscribed", () => atAway.said("subscribed") && atPresent.said("subscribed"));
    await Promise.all([postgres.kill(), away.kill()]);

    const { host, port, username, password, database } = postgres;
    const again = { retryLongest: "1s" };
    const settings: BacklogSettings = {
      folder: stationFolder,
      publishers: [
        { type: "postgresql", ...again, host, port, username, password, database, tls: "off", schema: SCHEMA },
        { type: "mqtt", name: "mosquitto", ...again, format: "grouped", url: away.url },
        { type: "mqtt", name: "present", startFrom: "now", format: "grouped", url: present.url },
      ],
      end,
      firstScan: scans,
    };
    const station = new ToldProcess<BacklogFigures>("backlog-process.ts", settings);
    toEnd.push(() => station.end());
    const publisher = (name: string) => station.last?.publishers.find((each) => each.name === name);
    await until("the publisher that is never away runs", () => {
      return publisher("present")?.state === "running" && publisher("present")?.progress !== undefined;
    });
    station.tell("live");
    say("live data alone");
    const steadyFromMs = Date.now();
    await new Promise((resolve) => setTimeout(resolve, steadyMs));

    say("the business systems come back");
    const restingBytes = station.residentBytes;
    station.forgetPeak();
    const backMs = Date.now();
    await Promise.all([postgres.start(), away.start()]);
    const drains = new Map<string, { fromMs: number; toMs: number }>();
    const newest = new NewestRows(postgres);
    toEnd.push(() => newest.stop());
    let watching: Promise<void> | undefined;
    await until("drained", () => {
      for (const name of ["postgresql", "mosquitto"]) {
        const progress = publisher(name)?.progress;
        if (progress === undefined || progress.samples === 0) continue;
        if (name === "postgresql") watching ??= newest.start(SCHEMA, liveFrom);
        const drain = drains.get(name) ?? { fromMs: Date.now(), toMs: 0 };
        drains.set(name, drain);
        if (progress[lane] >= lastPosition && drain.toMs === 0) {
          drain.toMs = Date.now();
          say(`${name}: drained`);
        }
      }
      return drains.size === 2 && [...drains.values()].every(({ toMs }) => toMs > 0);
    });
    await watching;
    const peakBytes = station.peakBytes;
    const drainedMs = Date.now();
    await until("everything live is published", () =>
      (station.last?.publishers ?? []).every(
        ({ progress, liveAgeMs }) => liveAgeMs < 1000 && (progress?.live ?? 0) > lastPosition,
      ),
    );
    const calmMs = Date.now();
    say("live data alone");
    await new Promise((resolve) => setTimeout(resolve, steadyMs));
    station.tell("quiet");
    await until("everything is published", () => {
      const { plant, position, publishers } = station.last!;
      return plant === "quiet" && publishers.every(({ progress }) => (progress?.live ?? 0) >= position);
    });
    const { recorded } = station.last!;
    const backlog = scans * SAMPLES_PER_SCAN;
    const arrived = (at: ToldProcess<Arrivals>): number => at.last?.samples ?? 0;
    // What is missing stays missing: the deadline of the last step is short, and its end is a figure.
    const graceMs = systemClock.monotonicMs() + 60_000;
    await until("everything has arrived", () => {
      const complete = arrived(atAway) >= backlog + recorded && arrived(atPresent) >= recorded;
      return complete || systemClock.monotonicMs() > graceMs;
    });
    await newest.stop();
    say("checking PostgreSQL");
    const rows = await checkRows(postgres, SCHEMA);

    // What was read before a business system was there again, and until it was caught up with, is late by that: see the drain's own seconds.
    const lateness = (live: Arrivals["live"], from: number, otherwiseFromMs = calmMs) => {
      const p99 = (within: (readMs: number) => boolean) =>
        quantile(
          live.filter(([readMs]) => within(readMs)),
          0.99,
        );
      return {
        lateDuringMs: p99((readMs) => readMs >= from && readMs < drainedMs),
        lateOtherwiseMs: p99((readMs) => readMs >= otherwiseFromMs && (readMs < backMs || readMs >= calmMs)),
      };
    };
    const beginOf = (name: string): number => drains.get(name)!.fromMs;
    const drained = (name: string) => {
      const { fromMs, toMs } = drains.get(name)!;
      return { backlog, seconds: (toMs - fromMs) / 1000 };
    };
    const farSides: DrainedFarSide[] = [
      {
        name: "PostgreSQL",
        ...drained("postgresql"),
        difference: rows.samples - backlog - recorded,
        notAscending: rows.notAscending,
        ...lateness(newest.live, beginOf("postgresql")),
      },
      {
        name: "mosquitto",
        ...drained("mosquitto"),
        difference: arrived(atAway) - backlog - recorded,
        notAscending: atAway.last!.notAscending,
        ...lateness(atAway.last!.live, beginOf("mosquitto")),
      },
    ];
    farSides.push({
      name: "mosquitto that was not away",
      backlog: 0,
      seconds: 0,
      difference: arrived(atPresent) - recorded,
      notAscending: atPresent.last!.notAscending,
      ...lateness(atPresent.last!.live, backMs, steadyFromMs),
    });
    return { farSides, restingBytes, peakBytes };
  } finally {
    for (const end of toEnd.reverse()) await end().catch(() => undefined);
  }
}

/** In commits of the record thread's size. */
function fill(folder: string, lane: Lane, scans: number) {
  const store = new FilledStore(folder, STEADY_TAGS);
  const liveFrom = systemClock.nowUtcMicros();
  const timeOf = (scan: number): number => liveFrom - (scans - scan) * SCAN_MS * 1000;
  let lastPosition = 0;
  for (let scan = 0; scan < scans; ) {
    const blocks: Parameters<FilledStore["add"]>[1][number][] = [];
    while (blocks.length < BLOCKS_PER_COMMIT && scan < scans) {
      const time = timeOf(scan);
      blocks.push({ samples: steadyScan(scan, time), sealedAt: time });
      scan++;
    }
    lastPosition = store.add(lane, blocks)[lane];
  }
  const { end } = store;
  store.close();
  return { end, lastPosition, liveFrom };
}

function quantile(live: Arrivals["live"], share: number): number | undefined {
  if (live.length === 0) return undefined;
  const sorted = live.map(([, lateMs]) => lateMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}
