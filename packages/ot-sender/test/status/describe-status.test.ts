import { expect, test } from "vitest";
import type { AlarmStatus } from "../../src/alarm/alarm-status.ts";
import { describeStatus } from "../../src/status/describe-status.ts";

const figure = (name: string, noun?: string): string => `<${name}>${noun === undefined ? "" : ` ${noun}(s)`}`;

function alarm(path: string): AlarmStatus {
  const since = 1_795_420_800_000_000;
  return { path, condition: "High", severity: 500, text: "above 90 °C", since, value: 97.2, quality: "" };
}

test("what is read, held and sent, what the station itself complains of, active alarms, and every device", () => {
  const lines = describeStatus(
    {
      figures: { journal_sealing_epoch: 29_927_505, alarms_active: 1 },
      alarms: ["the journal cannot be written: no space left"],
      activeAlarms: [alarm("oven/temperature")],
      devices: [
        { device: "oven", state: "connected", reason: "", since: 0 },
        { device: "press", state: "failed", reason: "no route to host", since: 0 },
      ],
    },
    figure,
  );
  expect(lines).toEqual([
    "  read       <samples_read_total> sample(s), <samples_reported_total> reported",
    "  journal    <journal_blocks> block(s) (<journal_oldest_sequence> … <journal_head_sequence>), <journal_bytes> byte(s), epoch 29927505",
    "  link       <link_datagrams_all_total> datagram(s), head <link_head_sequence>, backlog <link_backlog_blocks> block(s)",
    "  ALARM      the journal cannot be written: no space left",
    "  active     oven/temperature: High, above 90 °C (97.2), severity 500, since 2026-11-23T08:00:00Z",
    "  connected  oven",
    "  failed     press: no route to host",
  ]);
});

test("of many active alarms twenty are shown and the others counted", () => {
  const activeAlarms = Array.from({ length: 1000 }, (_, at) => alarm(`tag-${at}`));
  const lines = describeStatus({ figures: { alarms_active: 1234 }, alarms: [], activeAlarms, devices: [] }, figure);
  const active = lines.filter((line) => line.startsWith("  active"));
  expect(active).toHaveLength(21);
  expect(active[19]).toMatch(/tag-19:/);
  expect(active[20]).toBe("  active     1214 alarms more");
});
