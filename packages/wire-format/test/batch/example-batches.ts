/** One batch of every kind with every field in use: for round trips, vectors and mutation. */
import type { Batch } from "../../src/batch/batch.ts";
import { DATA_TYPES } from "../../src/batch/batch.ts";
import { StatusCode } from "../../src/status-code.ts";
import { columnsOf, type Row } from "./sample-rows.ts";

const T = 1_795_420_800_123_456; // 2026-11-23T08:00:00.123456Z

/** Every value kind and every value code at least once. */
const EXAMPLE_ROWS: readonly Row[] = [
  { tagId: 1, value: null, statusCode: StatusCode.BadTimeout, sourceTimestamp: T },
  { tagId: 2, value: false, statusCode: 0, sourceTimestamp: T },
  { tagId: 3, value: true, statusCode: 0, sourceTimestamp: T },
  { tagId: 4, value: -1234, statusCode: 0, sourceTimestamp: T },
  { tagId: 5, value: 2 ** 40 + 1, statusCode: 0, sourceTimestamp: T },
  { tagId: 6, value: Math.fround(1 / 3), statusCode: 0, sourceTimestamp: T },
  { tagId: 7, value: 1 / 3, statusCode: 0, sourceTimestamp: T },
  { tagId: 8, value: -(2n ** 63n), statusCode: 0, sourceTimestamp: T },
  { tagId: 9, value: 2n ** 64n - 1n, statusCode: 0, sourceTimestamp: T },
  { tagId: 10, value: "Kessel 3 – 温度 🔥", statusCode: 0, sourceTimestamp: T },
  { tagId: 11, value: new Uint8Array([0xde, 0xad, 0xbe, 0xef]), statusCode: 0, sourceTimestamp: T },
  { tagId: 12, value: [1.5, 2, -0.25], statusCode: 0, sourceTimestamp: T },
  { tagId: 13, value: ["a", "", "ß"], statusCode: 0, sourceTimestamp: T },
  { tagId: 14, value: [], statusCode: 0, sourceTimestamp: T },
  { tagId: 300, value: 23.4, statusCode: StatusCode.UncertainLastUsableValue, sourceTimestamp: T },
  { tagId: 301, value: Math.fround(23.4), statusCode: 0, sourceTimestamp: T },
  { tagId: 302, value: 123456789.25, statusCode: 0, sourceTimestamp: T },
  { tagId: 4_294_967_295, value: -0, statusCode: 0, sourceTimestamp: T },
  { tagId: 300, value: 23.41, statusCode: 0, sourceTimestamp: T + 100_000 },
  { tagId: 300, value: Number.NaN, statusCode: 0, sourceTimestamp: T + 100_000 },
  { tagId: 300, value: Number.NEGATIVE_INFINITY, statusCode: 0, sourceTimestamp: T - 1 },
];

export function exampleBatches(): Batch[] {
  return [
    { kind: "data", directoryRevision: 3, samples: columnsOf(EXAMPLE_ROWS) },
    {
      kind: "events",
      directoryRevision: 3,
      events: [
        {
          eventSequence: 1,
          tagId: 300,
          condition: "high",
          state: "active",
          severity: 700,
          text: "Druck über 6 bar",
          value: 6.1,
          time: T,
        },
        {
          eventSequence: 2 ** 53 - 1,
          tagId: 2,
          condition: "door",
          state: "inactive",
          severity: 1,
          text: "",
          value: null,
          time: T + 1,
        },
      ],
    },
    {
      kind: "directory",
      revision: 3,
      part: 1,
      parts: 2,
      tags: DATA_TYPES.map((dataType, place) => ({
        tagId: place + 1,
        path: `plant/line 1/${dataType}`,
        dataType,
        unit: place % 2 ? "°C" : "",
        description: place % 3 ? "Vorlauf" : "",
        ...(place % 4 ? { rangeLow: -0.5, rangeHigh: 0 } : {}),
        device: "plc-1",
        maximumSilenceMs: place * 60_000,
        retired: place === 5,
      })),
    },
    {
      kind: "loss",
      records: [
        {
          reason: "journal-full",
          sampleCount: 10_000_000_000,
          firstTimestamp: T,
          lastTimestamp: T + 5,
          tagIds: [1, 2, 4_294_967_295],
          tagsOmitted: 12,
          firstSequence: 77,
          lastSequence: 99,
          eventCount: 3,
        },
        {
          reason: "append-failed",
          sampleCount: 1,
          firstTimestamp: T,
          lastTimestamp: T,
          tagIds: [0],
          tagsOmitted: 0,
          firstSequence: 0,
          lastSequence: 0,
          eventCount: 0,
        },
      ],
    },
    {
      kind: "heartbeat",
      counter: 42,
      senderTime: T,
      headSequence: 12_345,
      headSealingEpoch: 29_923_680,
      headHash: Uint8Array.from({ length: 32 }, (_, place) => place),
      oldestSequence: 1,
      spreadMs: 40,
      secondPassAfterMs: 60_000,
      directoryRevision: 3,
    },
    {
      kind: "status",
      stationName: "Werk Süd",
      softwareVersion: "0.1.0",
      mode: "production",
      time: T,
      devices: [
        { device: "plc-1", state: "connected", reason: "", since: T - 5 },
        { device: "plc-2", state: "failed", reason: "ECONNREFUSED", since: T },
      ],
      figures: [
        { name: "samples_reported_total", value: 123456 },
        { name: "journal_oldest_age_seconds", value: 0.5 },
        { name: "nothing", value: -0 },
      ],
    },
    { kind: "refresh", directoryRevision: 3, samples: columnsOf(EXAMPLE_ROWS.slice(0, 4)) },
  ];
}
