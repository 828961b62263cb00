/** The Sparkplug publisher against a mosquitto that takes no packet beyond 20,000 bytes: with MQTT 5 it says so, with 3.1.1 it ends the connection. */
import { connectAsync } from "mqtt";
import * as sparkplugPayload from "sparkplug-payload";
import { describe, expect, it, onTestFinished } from "vitest";
import { sparkplugConfig } from "../../packages/it-receiver/src/publishers/mqtt/config.ts";
import { sparkplugFactory } from "../../packages/it-receiver/src/publishers/mqtt/index.ts";
import { columns, sample, tag } from "../../packages/it-receiver/test/publishers/support/samples.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { running } from "../contract/publisher-contract/refused-rows.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const { decodePayload, encodePayload } = sparkplugPayload.get("spBv1.0")!;
const DEADLINE = { timeout: 60_000 };

const LARGE = Array.from({ length: 800 }, (_, index) => tag(index + 1, `large/${index}`, { device: "large" }));
const SMALL = [
  tag(501, "small/1", { device: "small" }),
  tag(502, "small/2", { device: "small", dataType: "STRING" }),
  tag(503, "other/1", { device: "other" }),
];

interface Seen {
  readonly kind: string;
  readonly device: string;
  readonly seq: number;
  readonly values: readonly unknown[];
}

async function bench(protocol: "3.1.1" | "5", lines: readonly string[]) {
  const { url } = await startMosquitto("plain", lines);
  const host = await connectAsync(url, { clientId: "host", reconnectPeriod: 0 });
  onTestFinished(async () => void (await host.endAsync(true)));
  const seen: Seen[] = [];
  host.on("message", (topic, payload) => {
    const [, , kind, , device = ""] = topic.split("/");
    const { seq, metrics } = decodePayload(payload);
    seen.push({ kind: kind!, device, seq: Number(seq), values: (metrics ?? []).map(({ value }) => value) });
  });
  await host.subscribeAsync("spBv1.0/plant/+/nonreturn/#", { qos: 0 });
  const config = sparkplugConfig.parse({ type: "sparkplug", url, group: "plant", protocol });
  const publisher = sparkplugFactory.create(config, surroundings("sparkplug", { dataFolder: temporaryFolder() }));
  const line = await running({ publisher }, [...LARGE, ...SMALL]);
  const valuesOf = (device: string) =>
    seen.filter((one) => one.kind === "DDATA" && one.device === device).flatMap(({ values }) => values);
  const session = () => seen.slice(seen.findLastIndex(({ kind }) => kind === "NBIRTH"));
  const rebirth = () =>
    host.publishAsync(
      "spBv1.0/plant/NCMD/nonreturn",
      Buffer.from(
        encodePayload({
          timestamp: 1,
          metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: true, timestamp: 1 }],
        }),
      ),
    );
  return { ...line, seen, session, valuesOf, rebirth };
}

/** Of both devices and one more, interleaved; three of them of the large one, two of those side by side. */
const block = (at: number) =>
  columns(
    sample(501, at, at),
    sample(1, at, at),
    sample(2, at, at),
    sample(503, at, at),
    sample(400, at, at),
    sample(501, at + 1, at + 1),
  );

describe.each<["3.1.1" | "5", RegExp]>([
  ["5", /the birth of device large needs \d{5} bytes, the broker allows 1\d{4}/],
  ["3.1.1", /the broker ended the connection 4 times on the birth of device large, of about \d{5} bytes/],
])("MQTT %s: a device whose birth the broker does not take", (protocol, reason) => {
  it("is left out, its samples set aside with the reason; every other device is born, and its samples arrive in order", async () => {
    const { store, runner, settled, setAside, session, valuesOf, rebirth } = await bench(protocol, [
      "max_packet_size 20000",
    ]);
    for (let at = 10; at < 50; at += 10) store.addData("live", block(at));
    await settled();
    await expect.poll(() => valuesOf("small"), DEADLINE).toEqual([10, 11, 20, 21, 30, 31, 40, 41]);
    await expect.poll(() => valuesOf("other"), DEADLINE).toEqual([10, 20, 30, 40]);
    expect(valuesOf("large")).toEqual([]);
    const records = setAside();
    expect(records.map(({ position, firstRow, rows }) => [position, firstRow, rows]).toSorted()).toEqual(
      [2, 3, 4, 5].flatMap((position) => [
        [position, 1, 2],
        [position, 4, 1],
      ]),
    );
    for (const record of records) expect(record.reason).toMatch(reason);
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 12 });
    expect(runner.progress).toMatchObject({ samples: 12, quarantinedRows: 12 });
    await rebirth();
    await expect.poll(() => session().length, DEADLINE).toBe(3);
    store.addData("live", block(50));
    await settled();
    await expect.poll(() => session().length, DEADLINE).toBe(5);
    const shape = session().map(({ kind, device, seq }) => `${seq} ${kind} ${device}`.trim());
    const births = shape.slice(0, 3);
    expect(births).toEqual(["0 NBIRTH", "1 DBIRTH small", "2 DBIRTH other"]);
    expect(shape.slice(3).toSorted()).toEqual(["3 DDATA small", "4 DDATA other"]);
  });

  it("control: a broker without a limit takes it, and nothing is set aside", async () => {
    const { store, settled, setAside, valuesOf, session } = await bench(protocol, []);
    store.addData("live", block(10));
    await settled();
    await expect.poll(() => valuesOf("large"), DEADLINE).toEqual([10, 10, 10]);
    expect(session().filter(({ kind }) => kind === "DBIRTH")).toHaveLength(3);
    expect(setAside()).toEqual([]);
  });
});

describe("MQTT 3.1.1: a value for which the broker ends the connection", () => {
  it("is found and set aside alone; births and other samples arrive", async () => {
    const { store, runner, settled, setAside, valuesOf } = await bench("3.1.1", ["max_packet_size 60000"]);
    const long = "x".repeat(70_000);
    for (let at = 0; at < 3; at++)
      store.addData(
        "live",
        columns(
          ...Array.from({ length: 20 }, (_, row) => {
            if (at === 1 && row === 7) return sample(502, long, 7);
            return sample(row % 2 === 0 ? 501 : 503, at * 20 + row, at * 20 + row);
          }),
        ),
      );
    await settled();
    // What comes again, while it is looked for, counts where it came last.
    const values = (device: string) => [...new Set(valuesOf(device).toReversed())].toReversed();
    const expected = Array.from({ length: 60 }, (_, value) => value).filter((value) => value !== 27);
    await expect.poll(() => values("small"), DEADLINE).toEqual(expected.filter((value) => value % 2 === 0));
    await expect.poll(() => values("other"), DEADLINE).toEqual(expected.filter((value) => value % 2 === 1));
    expect(setAside()).toMatchObject([{ position: 3, firstRow: 7, rows: 1, path: "small/2" }]);
    expect(setAside()[0]!.reason).toMatch(/no connection to the broker/);
    expect(runner.status().state).toBe("running");
  });
});
