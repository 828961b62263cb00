/** /v1/stations over a real connection. */
import type { StatusBatch } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import type { KnownStation } from "../../../src/publishers/publisher.ts";
import { T0 } from "../support/samples.ts";
import { restBench } from "./rest-bench.ts";

const status: StatusBatch = {
  ...{ kind: "status", stationName: "hamburg-ot", softwareVersion: "1.2.3", mode: "lab", time: T0 },
  devices: [
    { device: "press", state: "connected", reason: "", since: T0 },
    { device: "mixer", state: "failed", reason: "no answer within 2 s", since: T0 + 1 },
  ],
  figures: [],
};
const announced = { status, heardAt: T0 + 1_000_000, is: "current" } as const;
const station = (stream: number, more: Partial<KnownStation> = {}): KnownStation => ({
  ...{ stream, announced: undefined, stored: undefined, tags: 0 },
  link: { state: "off", since: undefined, reason: "no longer received" },
  ...more,
});

describe("REST stations", () => {
  it("shows several streams of one station, each with its own link, newest block, devices and gaps", async () => {
    const clock = manualClock(T0 + 2_500_000);
    const known = [
      station(1, {
        announced: { ...announced, is: "old" },
        link: { state: "silent", since: T0, reason: "no heartbeat for 12 s" },
        stored: {
          ...{ stream: 1, journalEpoch: 29_923_680, head: 120, oldest: 4, journals: 2 },
          lastBlock: { sequence: 119, sealedAt: T0 - 1, recordedAt: T0 },
          gaps: { open: 1, openBlocks: 7, healed: 3, lost: 2 },
          announced: undefined,
        },
        tags: 12,
      }),
      station(9),
    ];
    const rest = await restBench({ readStations: () => known, clock });
    expect(await rest.json("/v1/stations")).toEqual({
      stations: [
        {
          name: "hamburg-ot",
          mode: "lab",
          softwareVersion: "1.2.3",
          announcedAt: "2026-11-23T08:00:00.000000Z",
          heardAt: "2026-11-23T08:00:01.000000Z",
          announced: "old",
          stream: 1,
          link: { state: "silent", since: "2026-11-23T08:00:00.000000Z", reason: "no heartbeat for 12 s" },
          journal: { epoch: 29_923_680, head: 120, oldest: 4 },
          journals: 2,
          lastBlock: {
            sequence: 119,
            sealedAt: "2026-11-23T07:59:59.999999Z",
            recordedAt: "2026-11-23T08:00:00.000000Z",
            ageSeconds: 2.5,
          },
          tags: 12,
          devices: [
            { name: "press", state: "connected", reason: "", since: "2026-11-23T08:00:00.000000Z" },
            { name: "mixer", state: "failed", reason: "no answer within 2 s", since: "2026-11-23T08:00:00.000001Z" },
          ],
          gaps: { open: 1, openBlocks: 7, healed: 3, lost: 2 },
        },
        {
          ...{ name: null, mode: null, softwareVersion: null, announcedAt: null, stream: 9 },
          ...{ heardAt: null, announced: null },
          link: { state: "off", since: null, reason: "no longer received" },
          ...{ journal: null, journals: 0, lastBlock: null, tags: 0, devices: [] },
          gaps: { open: 0, openBlocks: 0, healed: 0, lost: 0 },
        },
      ],
      stationsInAll: 2,
    });
    expect(await rest.json("/v1/stations", { stream: "9" })).toMatchObject({ stations: [{ stream: 9 }] });
    expect(await rest.json("/v1/stations", { limit: "1" })).toMatchObject({
      stations: [{ stream: 1 }],
      stationsInAll: 2,
    });
  });

  it("answers exactly what the OpenAPI document says", async () => {
    const stored = {
      ...{ stream: 1, journalEpoch: 2, head: 3, oldest: 1, journals: 1 },
      lastBlock: { sequence: 3, sealedAt: T0, recordedAt: T0 },
      gaps: { open: 0, openBlocks: 0, healed: 0, lost: 0 },
      announced: undefined,
    };
    const rest = await restBench({ readStations: () => [station(1, { announced, stored }), station(2)] });
    const document = (await (await fetch(`${rest.base}/openapi.json`)).json()) as {
      components: { schemas: { Stations: Schema } };
    };
    expect(against(document.components.schemas.Stations, await rest.json("/v1/stations"), "")).toEqual([]);
  });

  it("bounds an answer, whatever the stations say of themselves", async () => {
    const reason = "x".repeat(60_000);
    const devices = Array.from({ length: 50 }, () => ({ ...status.devices[1]!, reason }));
    const loud = { ...announced, status: { ...status, devices } };
    const known = Array.from({ length: 20 }, (_, stream) => station(stream, { announced: loud }));
    const rest = await restBench({ readStations: () => known });
    const shown = await rest.json("/v1/stations");
    expect(shown).toMatchObject({ stations: [{ stream: 0 }, { stream: 1 }], stationsInAll: 20 });
  });

  it("needs its own scope, a stream there is, and a store", async () => {
    const token = "another-token-of-the-tests-0123";
    const sha256 = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(token))).toString("hex");
    const tokens = (scopes: string[]) => ({ tokens: [{ name: "some", sha256, scopes }] });
    const around = { readStations: () => [station(1)] };
    const barred = await restBench(around, tokens(["status", "gaps", "tags", "latest", "history", "alarms"]));
    expect((await barred.ask("/v1/stations", {}, token)).status).toBe(403);
    const admitted = await restBench(around, tokens(["stations"]));
    expect((await admitted.ask("/v1/stations", {}, token)).status).toBe(200);
    expect((await admitted.ask("/v1/stations", { stream: "5" }, token)).status).toBe(404);
    const wrong = (await (await admitted.ask("/v1/stations", { stream: "-1" }, token)).json()) as { detail: string };
    expect(wrong.detail).toBe('"-1" is no stream; write a whole number from 1 to 32767');
    expect((await (await restBench()).ask("/v1/stations")).status).toBe(503);
  });
});

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
}

/** What of an answer does not fit its schema: types, members, choices. */
function against(schema: Schema, value: unknown, place: string): string[] {
  const type =
    value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  const types = [schema.type ?? []].flat();
  if (!types.includes(type) && !(type === "integer" && types.includes("number"))) return [`${place}: ${type}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${place}: ${String(value)}`];
  if (Array.isArray(value)) return value.flatMap((one, at) => against(schema.items!, one, `${place}[${at}]`));
  if (typeof value !== "object" || value === null) return [];
  const members = Object.entries(value);
  return [
    ...(schema.required ?? []).filter((name) => !Object.hasOwn(value, name)).map((name) => `${place}.${name} missing`),
    ...members.flatMap(([name, member]) =>
      schema.properties?.[name] === undefined
        ? [`${place}.${name} unknown`]
        : against(schema.properties[name], member, `${place}.${name}`),
    ),
  ];
}
