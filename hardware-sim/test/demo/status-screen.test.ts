import { describe, expect, it } from "vitest";
import type { DemoState } from "../../src/demo/demo-state.ts";
import { type ScreenNews, screenLines } from "../../src/demo/status-screen.ts";
import { summaryOf } from "../../src/demo/summary.ts";

const latency = (over: string, quantile: string): string =>
  `publisher_latency_ms{from="source",over="${over}",publisher="mqtt",quantile="${quantile}"}`;

/** A day of it: numbers as long as they get. */
const STATE: DemoState = {
  ot: {
    uptimeMs: 86_400_000,
    rssBytes: 250e6,
    figures: {
      samples_read_total: 291_600_123,
      samples_reported_total: 28_512_000,
      journal_blocks_total: 1_728_000,
      journal_samples_total: 28_512_000,
      journal_data_bytes_total: 399_168_000,
      alarms_active: 12,
      alarm_events_reported_total: 86_412,
    },
    alarms: [],
    activeAlarms: [
      { path: "hamburg/filling/line-1/oil/temperature", condition: "HighHigh", text: "oil too warm" },
      { path: "hamburg/x", condition: "High", text: "less severe" },
    ],
    devices: [1, 2, 3].map((number) => ({ device: `plc-${number}`, state: "connected", reason: "" })),
  },
  it: {
    rssBytes: 360e6,
    figures: {
      intake_datagrams_received_total: 15_000_000,
      intake_blocks_repaired_total: 30_000,
      record_events_recorded_total: 86_411,
      'publisher_events_published_total{publisher="sql"}': 86_410,
      'record_blocks_recorded_total{lane="live"}': 1_727_000,
      'record_blocks_recorded_total{lane="late"}': 1000,
      [latency("minute", "0.5")]: 33.2,
      [latency("minute", "0.99")]: 61.4,
      [latency("start", "0.5")]: 33.2,
      [latency("start", "0.99")]: 531.2,
    },
    alarms: ["24 blocks missing in 1 gap"],
    record: { link: { state: "up" }, gaps: { open: 1, openBlocks: 24, healed: 3 } },
    publishers: ["mqtt", "sql"].map((name) => ({ name, state: "running", progress: { samples: 28_511_000 } })),
  },
  diode: { received: 15_500_000, forwarded: 15_190_000, droppedTotal: 310_000, inFlight: 0 },
};
const NEWS: ScreenNews = {
  elapsedMs: 86_400_000,
  brokerMessages: 31_000_000,
  latest: { topic: `demo/${"批次/".repeat(40)}id`, payload: `{"value":"${"𓀀".repeat(200)}"}` },
  oee: new Map([
    ["line-2", null],
    ["line-1", 79.204],
    ["line-3", 100],
  ]),
  phase: "running",
  folder: "/tmp/nonreturn-demo-AbCdEf",
};

const text = (width: number): string => screenLines(STATE, NEWS, width).join("\n");

describe("the status screen", () => {
  it("says what is read, sent, lost, healed and published, and how long it takes", () => {
    for (const part of [
      "3 of 3 connected",
      "291,600,123 read",
      "28,512,000 reported",
      "310,000 lost (2.0%)",
      "31,000 of them healed",
      "1 gaps open, 3 healed",
      "published  MQTT 28,511,000   SQL 28,511,000   broker 31,000,000 messages",
      "PLC → MQTT p50 33 ms, p99 61 ms",
      "PLC → SQL p50 –, p99 –",
      "14.0 B a sample",
      "OEE        line-1 79.2 %   line-2 Bad   line-3 100.0 %",
      "86,412 events at OT, 86,411 at IT; 12 active: line-1/oil/temperature oil too warm",
      "ALARM      24 blocks missing in 1 gap",
    ])
      expect(text(120)).toContain(part);
  });

  it("fits a terminal of 80 by 24 without a word lost, whatever the stations say", () => {
    const lines = screenLines(STATE, NEWS, 80);
    const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil([...line].length / 80)), 0);
    expect(rows).toBeLessThanOrEqual(23); // the cursor stands in the last one
    const commands = lines.filter((line) => line.startsWith("  npx "));
    const cut = lines.filter((line) => line.endsWith("…"));
    expect(cut.map((line) => line.trimStart().split(/\s/)[0])).toEqual([
      "alarms",
      "latest",
      expect.stringMatching(/^\{"value"/),
    ]);
    for (const line of lines) if (!commands.includes(line)) expect([...line].length).toBeLessThanOrEqual(80);
    expect(lines.join("").isWellFormed()).toBe(true);
  });
});

describe("the summary", () => {
  it("tells the latency of the whole run and of its last minute apart", () => {
    const published = { mqtt: 28_511_000, sql: 28_511_000 };
    const account = {
      reported: 28_512_000,
      lostBeforeJournal: 0,
      inGaps: 1000,
      published,
      unaccounted: { mqtt: 0, sql: 0 },
      events: {
        reported: 86_412,
        lostBeforeJournal: 0,
        inGaps: 1,
        received: 86_411,
        published: { mqtt: 86_409, sql: 86_410 },
        unaccounted: { received: 0, mqtt: 2, sql: 1 },
      },
    };
    expect(summaryOf(STATE, account)).toMatchObject({
      latencyMs: { p50: 33.2, p99: 531.2 },
      latencyLastMinuteMs: { p50: 33.2, p99: 61.4 },
      blocksHealed: 31_000,
      bytesPerSample: 14,
      alarmEventsReported: 86_412,
      alarmEventsReceived: 86_411,
      alarmEventsPublished: { mqtt: 86_409, sql: 86_410 },
      alarmEventsInGaps: 1,
      alarmEventsUnaccounted: { received: 0, mqtt: 2, sql: 1 },
    });
  });
});
