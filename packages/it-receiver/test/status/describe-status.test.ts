import { expect, test } from "vitest";
import type { RunnerStatus } from "../../src/publishers/runner-status.ts";
import { describeStatus } from "../../src/status/describe-status.ts";

const figure = (name: string): string => `<${name}>`;
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
      alarms: ["3 blocks are missing in 1 gaps"],
    },
    figure,
  );
  expect(lines).toEqual([
    "  link       up, <intake_datagrams_received_total> datagrams, <intake_datagrams_refused_total> refused",
    "  blocks     <record_stored_blocks> stored (<record_stored_bytes> bytes), <intake_blocks_repaired_total> repaired by FEC",
    "  gaps       1 open, 2 healed, 0 lost",
    "  alarms     <alarms_active> active in the plant",
    "  publisher  broker: running, 0 samples, 1,200 alarm events since the start (told to clients: 3)",
    "             behind by 2 blocks (4,000 bytes)",
    "  publisher  sql: waiting, 0 samples",
    "  ALARM      3 blocks are missing in 1 gaps",
  ]);
});

test("before the record thread has said anything there is a line all the same", () => {
  const [link, , gaps] = describeStatus({ figures: {}, record: undefined, publishers: [], alarms: [] }, figure);
  expect(link).toMatch(/^ {2}link {7}unknown,/);
  expect(gaps).toBe("  gaps       0 open, 0 healed, 0 lost");
});
