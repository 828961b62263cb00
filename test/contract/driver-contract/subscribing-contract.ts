/** What every driver must do whose device delivers by itself, alone and under the runner. Each driver's own test gives it sources and calls this.
 *  fixture → [subscribing contract] → vitest */

import { type Cancel, type Clock, createLog, Figures, type HostPort } from "@nonreturn/station";
import { qualityOf, type Sample, StatusCode, type Value } from "@nonreturn/wire-format";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { DriverFactory, SubscribingDriver, TagAddress } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { SCAN_FIGURES } from "../../../packages/ot-sender/src/scan/scan-figures.ts";
import { patientClock } from "../../support/patient-clock.ts";
import { startScanning } from "../../support/scanning.ts";
import { startTcpFront, type TcpFront } from "./tcp-front.ts";

/** A server or broker that the fixture started. */
export interface ContractSource {
  readonly address: HostPort;
  /** From now on this is the value at the address; whoever has subscribed is told. */
  set(tag: TagAddress, value: Value): Promise<void>;
  /** What comes for this tag next is nothing that its type can hold. */
  spoil(tag: TagAddress): Promise<void>;
  close(): Promise<void>;
}

export interface SubscribingFixture {
  readonly driver: DriverFactory<never>;
  /** Beside host and port. A source that falls silent must be given up within half a minute. */
  readonly config: object;
  startSource(): Promise<ContractSource>;
  /** Tags that the source has, and a value for each. The first is a number that the contract changes: a FLOAT64. */
  readonly good: readonly { readonly tag: TagAddress; readonly value: Value }[];
  /** Addresses well written, which the source does not have, does not let anybody read, or has as something else. */
  readonly refusedBySource: readonly TagAddress[];
  /** Addresses that are none. */
  readonly garbage: readonly TagAddress[];
}

const WAIT = { timeout: 30_000, interval: 5 };
const CHANGES = Array.from({ length: 40 }, (_, index) => index + 0.5);
const never = new AbortController().signal;

export function describeSubscribingContract(name: string, fixture: SubscribingFixture): void {
  const goodTags = fixture.good.map(({ tag }) => tag);
  const [changing] = goodTags as [TagAddress, ...TagAddress[]];
  const expected = new Map(fixture.good.map(({ tag, value }) => [tag.tagId, value]));

  function driverFor(address: HostPort, device = "test"): SubscribingDriver {
    const config = z.object(fixture.driver.deviceShape).parse({ ...address, ...fixture.config });
    const [driver] = fixture.driver.createChannel([{ device, config: config as never, timezone: "UTC" }], {
      clock: patientClock,
      log: createLog({ name: "test", level: "silent" }),
    });
    onTestFinished(() => driver!.close());
    return driver as SubscribingDriver;
  }

  /** Every good tag has its value. */
  async function startedSource(): Promise<{ readonly source: ContractSource; readonly front: TcpFront }> {
    const source = await fixture.startSource();
    onTestFinished(() => source.close());
    for (const { tag, value } of fixture.good) await source.set(tag, value);
    const front = await startTcpFront(source.address);
    onTestFinished(() => front.close());
    return { source, front };
  }

  async function subscribed(address: HostPort, tags: readonly TagAddress[], device?: string) {
    const driver = driverFor(address, device);
    await driver.connect(never);
    const samples: Sample[] = [];
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const plan = driver.plan(tags);
    const ended: Promise<unknown> = driver
      .subscribe(plan, (some) => void samples.push(...some), stop.signal)
      .catch((error: unknown) => error);
    const good = ({ tagId }: TagAddress) =>
      samples.filter((sample) => sample.tagId === tagId && sample.statusCode === StatusCode.Good);
    const last = ({ tagId }: TagAddress) => samples.findLast((sample) => sample.tagId === tagId);
    return { driver, plan, samples, stop, ended, good, last };
  }
  type Subscribed = Awaited<ReturnType<typeof subscribed>>;

  async function firstValues({ good }: Subscribed): Promise<void> {
    await expect
      .poll(() => goodTags.map((tag) => good(tag).at(-1)?.value), WAIT)
      .toEqual(fixture.good.map(({ value }) => value));
  }

  const scannedAt = (address: HostPort, tags: readonly TagAddress[]) => ({
    name: "device",
    address,
    driver: fixture.driver as DriverFactory,
    config: fixture.config,
    periodMs: 1000,
    tags,
  });
  const pathOf = ({ address }: TagAddress): string => `device/${address}`;

  describe(`subscribing contract: ${name}`, () => {
    test("has no way to write", () => {
      const driver: object = driverFor({ host: "127.0.0.1", port: 1 });
      for (let place: object | null = driver; place !== null; place = Object.getPrototypeOf(place)) {
        const names = Object.getOwnPropertyNames(place);
        expect(names.filter((each) => /write|set|force|publish|send/i.test(each) && !each.startsWith("__"))).toEqual(
          [],
        );
      }
    });

    test("plans garbage without throwing, and says what is wrong with each", () => {
      const driver = driverFor({ host: "127.0.0.1", port: 1 });
      const plan = driver.plan([...fixture.garbage, ...goodTags]);
      expect(plan.refused.map(({ tagId }) => tagId).sort()).toEqual(fixture.garbage.map(({ tagId }) => tagId).sort());
      expect([...plan.tagIds].sort()).toEqual([...fixture.garbage, ...goodTags].map(({ tagId }) => tagId).sort());
      for (const { statusCode, reason } of plan.refused) {
        expect(qualityOf(statusCode)).toBe("bad");
        expect(reason).not.toBe("");
      }
      expect(driver.plan([]).tagIds).toEqual([]);
    });

    test("every tag has a first value, of a time, and nothing of a tag that was not planned", async () => {
      const { front } = await startedSource();
      const subscription = await subscribed(front.address, goodTags);
      await firstValues(subscription);
      for (const { tagId, value, statusCode, sourceTimestamp } of subscription.samples) {
        expect(expected.has(tagId)).toBe(true);
        expect(Number.isSafeInteger(sourceTimestamp)).toBe(true);
        expect(value === null).toBe(qualityOf(statusCode) === "bad");
      }
    });

    test("every change arrives once and in order, and changes no other tag", async () => {
      const { source, front } = await startedSource();
      const subscription = await subscribed(front.address, goodTags);
      await firstValues(subscription);
      for (const value of CHANGES) await source.set(changing, value);
      const values = () => subscription.good(changing).map(({ value }) => value);
      await expect.poll(() => values().at(-1), WAIT).toBe(CHANGES.at(-1));
      expect(values()).toEqual([expected.get(changing.tagId), ...CHANGES]);
      for (const tag of goodTags.slice(1)) expect(subscription.good(tag)).toHaveLength(1);
    });

    test("a tag that the source refuses is Bad, and spoils no other", async () => {
      const { source, front } = await startedSource();
      const subscription = await subscribed(front.address, [...fixture.refusedBySource, ...goodTags]);
      await firstValues(subscription);
      await source.set(changing, 99);
      await expect.poll(() => subscription.last(changing)?.value, WAIT).toBe(99);
      for (const tag of fixture.refusedBySource) {
        await expect.poll(() => subscription.last(tag), WAIT).toMatchObject({ value: null });
        expect(subscription.good(tag)).toEqual([]);
      }
    });

    test("garbage for one tag makes that tag Bad and no other, and its next value counts again", async () => {
      const { source, front } = await startedSource();
      const subscription = await subscribed(front.address, goodTags);
      await firstValues(subscription);
      await source.spoil(changing);
      await expect.poll(() => subscription.last(changing)?.value, WAIT).toBeNull();
      expect(qualityOf(subscription.last(changing)!.statusCode)).toBe("bad");
      await source.set(changing, 7);
      await expect.poll(() => subscription.last(changing)?.value, WAIT).toBe(7);
      for (const tag of goodTags.slice(1)) expect(subscription.good(tag)).toHaveLength(1);
    });

    test.each([
      "close",
      "reset",
      "garbage",
    ] as const)("a connection that ends by %s ends the subscription, and connecting again helps", async (how) => {
      const { front } = await startedSource();
      const subscription = await subscribed(front.address, goodTags);
      await firstValues(subscription);
      front.end(how);
      expect(await subscription.ended).toMatchObject({ name: "StationError", code: "CONNECTION_LOST" });
      const { driver, plan } = subscription;
      await expect(driver.subscribe(plan, () => undefined, never)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      await driver.close();
      await expect.poll(() => front.open(), WAIT).toBe(0);
      await firstValues(await subscribed(front.address, goodTags));
    });

    test("a source that falls silent is given up", async () => {
      const { front } = await startedSource();
      const subscription = await subscribed(front.address, goodTags);
      await firstValues(subscription);
      front.let("mute");
      expect(await subscription.ended).toMatchObject({ code: "CONNECTION_LOST" });
    });

    test("stops when the signal aborts: rejects, and delivers nothing afterwards", async () => {
      const { source, front } = await startedSource();
      const subscription = await subscribed(front.address, goodTags);
      const witness = await subscribed(front.address, goodTags, "witness");
      await firstValues(subscription);
      await firstValues(witness);
      subscription.stop.abort();
      expect(await subscription.ended).toMatchObject({ name: "StationError" });
      await subscription.driver.close();
      const { length } = subscription.samples;
      await source.set(changing, 5);
      await expect.poll(() => witness.last(changing)?.value, WAIT).toBe(5); // control
      expect(subscription.samples).toHaveLength(length);
    });

    test("gives up connecting when the signal aborts, before and while", async () => {
      const driver = driverFor({ host: "192.0.2.1", port: 9 }); // TEST-NET-1: nobody answers
      await expect(driver.connect(AbortSignal.abort())).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
      const stop = new AbortController();
      const connecting = driver.connect(stop.signal);
      stop.abort();
      await expect(connecting).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
      await driver.close();
    });

    test("a refused connection rejects with a StationError; close is idempotent, and subscribing after it rejects", async () => {
      const { front } = await startedSource();
      front.let("refuse");
      const driver = driverFor(front.address);
      await expect(driver.connect(never)).rejects.toMatchObject({ name: "StationError", code: "DEVICE_UNREACHABLE" });
      front.let("pass");
      await driver.connect(never);
      await driver.close();
      await driver.close();
      await expect(driver.subscribe(driver.plan(goodTags), () => undefined, never)).rejects.toMatchObject({
        code: "CONNECTION_LOST",
      });
    });

    test("a hundred reconnects leave no socket behind, on either side", async () => {
      const { front } = await startedSource();
      const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
      const before = sockets();
      const driver = driverFor(front.address);
      const plan = driver.plan(goodTags);
      for (let round = 0; round < 100; round++) {
        await driver.connect(never);
        const heard: Sample[] = [];
        const ended = driver.subscribe(plan, (some) => heard.push(...some), never).catch((error) => error);
        await expect.poll(() => heard.length, { ...WAIT, interval: 1 }).toBeGreaterThan(0);
        await driver.close();
        expect(await ended).toMatchObject({ code: "CONNECTION_LOST" });
      }
      await expect.poll(() => front.open(), WAIT).toBe(0);
      await expect.poll(sockets, WAIT).toBeLessThanOrEqual(before);
    });

    test.each([
      "close",
      "reset",
      "garbage",
    ] as const)("under the runner, a connection lost by %s: every tag Bad once, a state with a reason, and then it goes on", async (how) => {
      const { source, front } = await startedSource();
      const tags = [...goodTags, ...fixture.garbage.slice(0, 1)];
      const scanning = startScanning([scannedAt(front.address, tags)]);
      const values = () => goodTags.map((tag) => scanning.latest(pathOf(tag))?.value);
      await expect.poll(values, WAIT).toEqual(fixture.good.map(({ value }) => value));
      const counts = goodTags.map((tag) => scanning.history(pathOf(tag)).length);

      front.let("refuse");
      front.end(how);
      const failures = () => scanning.statuses.filter(({ state }) => state === "failed");
      await expect.poll(() => failures().length, WAIT).toBeGreaterThan(0);
      for (const { reason } of failures()) expect(reason).not.toBe("");
      await source.set(changing, 33); // while it is away
      const figures = new Figures("ot", SCAN_FIGURES);
      const attempts = () => {
        scanning.scan.writeFigures(figures);
        return [...figures.seriesOf("connection_failures_total")][0]?.value ?? 0;
      };
      await expect.poll(attempts, WAIT).toBeGreaterThan(5); // Bad once, however often it tries
      for (const [index, tag] of goodTags.entries()) {
        const since = scanning.history(pathOf(tag)).slice(counts[index]);
        expect(since.map(({ value, statusCode }) => [value, statusCode])).toEqual([
          [null, StatusCode.BadNoCommunication],
        ]);
      }
      expect(scanning.stateOf("device")).toBe("failed");

      front.let("pass");
      await expect.poll(() => scanning.latest(pathOf(changing))?.value, WAIT).toBe(33);
      expect(scanning.stateOf("device")).toBe("connected");
      await source.set(changing, 34);
      await expect.poll(() => scanning.latest(pathOf(changing))?.value, WAIT).toBe(34);
      for (const tag of fixture.garbage.slice(0, 1))
        expect(qualityOf(scanning.latest(pathOf(tag))!.statusCode)).toBe("bad");
    });

    test("under the runner, a source that is not there: Bad, a state with a reason, and it is found when it comes", async () => {
      const { front } = await startedSource();
      front.let("refuse");
      const scanning = startScanning([scannedAt(front.address, goodTags)]);
      await expect.poll(() => scanning.stateOf("device"), WAIT).toBe("failed");
      expect(scanning.statuses.at(-1)!.reason).not.toBe("");
      for (const tag of goodTags)
        expect(scanning.latest(pathOf(tag))).toMatchObject({ value: null, statusCode: StatusCode.BadNoCommunication });
      front.let("pass");
      await expect
        .poll(() => goodTags.map((tag) => scanning.latest(pathOf(tag))?.value), WAIT)
        .toEqual(fixture.good.map(({ value }) => value));
      expect(scanning.statuses.at(-1)).toMatchObject({ state: "connected", reason: "" });
    });

    test("under the runner, a stop leaves no connection and no timer", async () => {
      const { front } = await startedSource();
      const clock = new CountedClock();
      const scanning = startScanning([scannedAt(front.address, goodTags)], [], clock);
      await expect
        .poll(() => goodTags.map((tag) => scanning.latest(pathOf(tag))?.value), WAIT)
        .toEqual(fixture.good.map(({ value }) => value));
      expect(front.open()).toBe(1);
      expect(clock.running).toBeGreaterThan(0); // control
      await scanning.scan.stop();
      await expect.poll(() => front.open(), WAIT).toBe(0);
      expect(clock.running).toBe(0);
    });
  });
}

/** The machine's clock, and how many of its timers run. */
class CountedClock implements Clock {
  readonly #running = new Set<object>();

  get running(): number {
    return this.#running.size;
  }

  nowUtcMicros(): number {
    return patientClock.nowUtcMicros();
  }

  monotonicMs(): number {
    return patientClock.monotonicMs();
  }

  after(delayMs: number, callback: () => void): Cancel {
    const timer = {};
    this.#running.add(timer);
    const cancel = patientClock.after(delayMs, () => {
      this.#running.delete(timer);
      callback();
    });
    return () => {
      this.#running.delete(timer);
      cancel();
    };
  }

  every(periodMs: number, callback: () => void): Cancel {
    const timer = {};
    this.#running.add(timer);
    const cancel = patientClock.every(periodMs, callback);
    return () => {
      this.#running.delete(timer);
      cancel();
    };
  }
}
