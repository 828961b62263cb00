import { expect, test } from "vitest";
import type { RunnerStatus } from "../../src/publishers/runner-status.ts";
import { describeStatus } from "../../src/status/describe-status.ts";

const figure = (name: string, noun?: string): string => `<${name}>${noun === undefined ? "" : ` ${noun}(s)`}`;
const EMPTY = { blocks: 0, bytes: 0 };

function publisher(more: Partial<RunnerStatus>): RunnerStatus {
  const counts = { events: 0, retries: 0, refusedEntries: 0, refusedRows: 0, currentDropped: 0 };
  const ages = { since: 0, liveAgeMs: 0, lateAgeMs: 0 };
  const backlog = { live: EMPTY, late: EMPTY };
  const nothing = { progress: undefined, eventsTold: undefined, unitsWaiting: undefined, latestGap: undefined };
  return { name: "broker", state: "running", reason: "", ...counts, ...ages, ...nothing, backlog, ...more };
}

test("link, store and gaps, then every publisher, then what the station complains of", () => {
  const lines = describeStatus(
    {
      figures: {},
      record: {
        link: { state: "up", since: 0, silentForMs: 0 },
        gaps: { open: 1, openBlocks: 3, healed: 2, lost: 0 },
        forks: 0,
        lossRecords: 0,
        alarm: "",
        lastHeartbeat: undefined,
        ot: undefined,
      },
      publishers: [
        publisher({ events: 1200, eventsTold: 3, backlog: { live: { blocks: 2, bytes: 4000 }, late: EMPTY } }),
        publisher({ name: "sql", state: "waiting" }),
      ],
      alarms: ["3 blocks missing in 1 gap"],
    },
    figure,
  );
  expect(lines).toEqual([
    "  link       up, <intake_datagrams_received_total> datagram(s), <intake_datagrams_refused_total> refused",
    "  blocks     <record_stored_blocks> stored (<record_stored_bytes> byte(s)), <intake_blocks_repaired_total> repaired by FEC",
    "  gaps       1 open, 2 healed, 0 lost",
    "  alarms     <alarms_active> active in the plant",
    "  publisher  broker: running, 0 samples, 1,200 alarm events since the start (told to clients: 3)",
    "             behind by 2 blocks (4,000 bytes)",
    "  publisher  sql: waiting, 0 samples",
    "  ALARM      3 blocks missing in 1 gap",
  ]);
});

test("one of something is one", () => {
  const progress = {
    live: 0,
    late: 0,
    samples: 1,
    quarantined: 1,
    quarantinedRows: 1,
    gaps: 1,
    droppedBlocks: 1,
    droppedSamples: 1,
  };
  const latestGap = { lane: "live", reason: "size", firstPosition: 1, lastPosition: 1, at: 0 } as const;
  const backlog = { live: { blocks: 1, bytes: 1 }, late: EMPTY };
  const lines = describeStatus(
    {
      figures: {},
      record: undefined,
      publishers: [publisher({ events: 1, backlog, progress: progress as never, latestGap })],
      alarms: [],
    },
    figure,
  );
  expect(lines.slice(4)).toEqual([
    "  publisher  broker: running, 1 sample, 1 alarm event since the start",
    "             behind by 1 block (1 byte)",
    "             set aside: 1 sample or alarm event of 1 block; see nonreturn-it quarantine",
    "             never published: 1 gap, 1 block, 1 sample dropped; the latest: live positions 1 to 1, beyond backlogSize",
  ]);
});

test("before the record thread has said anything there is a line all the same", () => {
  const [link, , gaps] = describeStatus({ figures: {}, record: undefined, publishers: [], alarms: [] }, figure);
  expect(link).toMatch(/^ {2}link {7}unknown,/);
  expect(gaps).toBe("  gaps       0 open, 0 healed, 0 lost");
});
