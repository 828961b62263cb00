/** What every publisher must do, whatever is behind it. Each publisher's test file runs this suite with its own far side.
 *  [publisher contract] ← historian, MQTT … */
import { StationError } from "@nonreturn/station";
import {
  type AlarmEvent,
  type Sample,
  SampleColumnsBuilder,
  StatusCode,
  type TagDefinition,
  type Value,
} from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { type ProgressStep, progressStep } from "../../../packages/it-receiver/src/publishers/progress.ts";
import type { Publisher, StoredEntry } from "../../../packages/it-receiver/src/publishers/publisher.ts";
import type { Lane } from "../../../packages/it-receiver/src/record/store.ts";
import { describeRefusedRows, type Poison } from "./refused-rows.ts";

/** One sample as the far side shows it. */
export interface Held {
  readonly value: unknown;
  readonly statusCode: number;
  readonly sourceTimestamp: number;
  /** undefined where the far side does not tell. */
  readonly historical?: boolean;
}

/** One alarm event as the far side shows it. */
export interface HeldEvent {
  readonly condition: string;
  readonly state: "active" | "inactive";
  readonly severity: number;
  readonly text: string;
  readonly time: number;
  /** undefined where the far side does not tell. */
  readonly historical?: boolean | undefined;
}

export interface EventBench {
  /** Events of a tag path, in the order they came or of their numbers. */
  held(path: string): Promise<readonly HeldEvent[]>;
  /** Conditions of a tag path that are active now, where the far side shows that. */
  active?(path: string): Promise<readonly string[]>;
  /**
   * everything, if left out. newest: an event older than the state shown, and every historical one, is no news to those who listen, who are
   * told of changes only.
   */
  readonly shows?: "everything" | "newest";
}

export interface PublisherBench {
  readonly publisher: Publisher;
  /** What the far side holds under a tag path: in the order it came, or in order of time. Waits for what was confirmed, not longer. */
  held(path: string): Promise<readonly Held[]>;
  /** The form in which the far side shows a value. */
  shown(value: Value | null): unknown;
  /** Called with every path before its samples are published, for far sides that tell only those who listen. */
  listen?(paths: readonly string[]): Promise<void>;
  /** What the test's own client can tell of a time and a status, where its library tells less than the far side sends. */
  readonly seenTime?: (sourceTimestamp: number) => number;
  readonly seenStatus?: (statusCode: number) => number;
  /**
   * everything: late samples stand beside the others. newest: the far side shows one value per tag, and history elsewhere; whoever listens
   * is told every live one. only newest: nobody can listen, so `held` is the one value it shows.
   */
  readonly shows?: "everything" | "newest" | "only newest";
  /** Samples of one tag that those who listen can be given at once; any number if left out. */
  readonly mostOfOneTag?: number;
  /** exactly once: a repeated publish changes nothing. at least once: it may repeat samples. */
  readonly repeats: "exactly once" | "at least once";
  /** For publishers that want alarm events. */
  readonly events?: EventBench;
  /** Of a publisher that keeps its progress itself: the database that it is in. */
  readonly progressFile?: string;
  /** How it comes to refuse a sample; or why it never does. */
  readonly poison: Poison;
  /** Make the far side impossible to reach, for a publisher that was never connected. */
  breakFarSide(): Promise<Publisher>;
}

/** 2026-11-23T08:00:00Z */
const T0 = 1_795_420_800_000_000;

function tagOf(tagId: number, path: string): TagDefinition {
  return {
    tagId,
    path,
    dataType: "FLOAT64",
    unit: "bar",
    description: "",
    device: "d",
    maximumSilenceMs: 0,
    retired: false,
  };
}

function sampleOf(tagId: number, value: Value | null, at: number, statusCode: number = StatusCode.Good): Sample {
  return { tagId, value, statusCode, sourceTimestamp: T0 + at };
}

function entryOf(
  position: number,
  samples: readonly Sample[],
  tags: readonly TagDefinition[],
  lane: Lane = "live",
): StoredEntry {
  const builder = new SampleColumnsBuilder();
  for (const sample of samples) builder.pushSample(sample);
  const byId = new Map(tags.map((tag) => [tag.tagId, tag]));
  const identity = { stream: 1, sealingEpoch: 1, sequence: position };
  return {
    origin: "journal",
    position,
    identity,
    stream: 1,
    journalEpoch: 1,
    lane,
    samples: builder.take(),
    tagOf: (id) => byId.get(id),
  };
}

function eventOf(eventSequence: number, tagId: number, more: Partial<AlarmEvent> = {}): AlarmEvent {
  return {
    eventSequence,
    tagId,
    condition: "High",
    state: "active",
    severity: 700,
    text: `event ${eventSequence}`,
    value: eventSequence,
    time: T0 + eventSequence * 1000,
    ...more,
  };
}

function eventEntryOf(
  position: number,
  events: readonly AlarmEvent[],
  tags: readonly TagDefinition[],
  lane: Lane = "live",
): StoredEntry {
  return { ...entryOf(position, [], tags, lane), events };
}

function heldOf({ condition, state, severity, text, time }: AlarmEvent): HeldEvent {
  return { condition, state, severity, text, time };
}

function stepOf(entries: readonly StoredEntry[]): ProgressStep {
  const last = entries.at(-1);
  const samples = entries.reduce((sum, entry) => sum + entry.samples.count, 0);
  return progressStep({ samples, batches: 1, ...(last === undefined ? {} : { [last.lane]: last.position }) });
}

/** Tag names that real plants have, and some that only an enemy would choose. */
const HOSTILE_PATHS = [
  "Werk Süd/Kessel 3/Öl°C",
  "锅炉/温度",
  "غلاية/ضغط",
  "котёл/давление",
  "🔥/🌡️",
  "a+b/#/c",
  "$SYS/broker/clients",
  "$share/group/x",
  "/leading",
  "trailing/",
  "two//slashes",
  "../../etc/passwd",
  ".",
  "100%/%2F/%",
  "quote'\"; DROP TABLE tag; --",
  "line\nbreak\ttab\u0000nul\u007f",
  "\u202egnp.exe",
  "",
  " ",
  "x".repeat(5000),
  "$status",
  "cut",
  "cut\nshort",
  "cut-EngineeringUnits",
  "{}",
  "deep/".repeat(1000),
];

/** What an event may say, however little it should. */
const HOSTILE_TEXTS = [
  "zu hoch: 98,4 °C",
  "",
  " ",
  "quote'\"; DROP TABLE alarm_event; --",
  "line\nbreak\ttab\u0000nul\u007f",
  "\u202egnp.exe",
  "../../etc/passwd",
  "a+b/#/c",
  "$SYS/x",
  "=cmd()",
  "{}",
  "锅炉 🔥",
  "\u241b0",
  "x".repeat(5000),
];

const KINDS: readonly (Value | null)[] = [
  null,
  false,
  true,
  0,
  -0,
  1,
  -1,
  23.4,
  Math.fround(23.4),
  0.1 + 0.2,
  5e-324,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0n,
  9_007_199_254_740_993n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 64n - 1n,
  "",
  'Grüße, 世界 🌍 \u0000 " \\ \n',
  new Uint8Array(0),
  Uint8Array.of(0, 1, 254, 255),
  [],
  [1, 2.5, -0, Number.NaN],
  [true, false],
  [1n, 2n ** 64n - 1n],
  ["a", "ß", ""],
  [Uint8Array.of(1), Uint8Array.of()],
];

interface ConnectedBench extends PublisherBench {
  publish(...entries: StoredEntry[]): Promise<void>;
  /** Of these values of one tag, in order, those that the far side can show. */
  visible<T>(values: readonly T[]): readonly T[];
}

/** @param alarms  what its benches' {@link PublisherBench.events} say. */
export function describePublisher(
  name: string,
  makeBench: () => Promise<PublisherBench>,
  alarms: "samples only" | "alarm events" = "samples only",
): void {
  describe(`publisher contract: ${name}`, () => {
    const { signal } = new AbortController();

    async function connected(): Promise<ConnectedBench> {
      const bench = await makeBench();
      await bench.publisher.connect(signal);
      const known = new Map<string, TagDefinition>();
      return {
        ...bench,
        visible: (values) => (bench.shows === "only newest" ? values.slice(-1) : values),
        async publish(...entries) {
          for (const { samples, events = [], tagOf } of entries) {
            const tagIds = [...samples.tagIds.subarray(0, samples.count), ...events.map(({ tagId }) => tagId)];
            for (const tag of tagIds.map(tagOf)) if (tag) known.set(tag.path, tag);
          }
          await bench.publisher.tagsChanged?.([...known.values()], signal);
          await bench.listen?.([...known.keys()]);
          await bench.publisher.publish(entries, signal, stepOf(entries));
        },
      };
    }

    it("holds every sample of every entry once publish has resolved, in order per tag", async () => {
      const bench = await connected();
      const tags = [tagOf(1, "one"), tagOf(2, "two")];
      const entries = [1, 2, 3].map((position) =>
        entryOf(
          position,
          [0, 1, 2].flatMap((step) =>
            tags.map(({ tagId }) => sampleOf(tagId, position * 10 + step, position * 10 + step)),
          ),
          tags,
        ),
      );
      await bench.publish(...entries);
      await bench.publish(entryOf(4, [sampleOf(1, 99, 99)], tags));
      const expected = [10, 11, 12, 20, 21, 22, 30, 31, 32];
      expect((await bench.held("one")).map(({ value }) => value)).toEqual(bench.visible([...expected, 99]));
      expect((await bench.held("two")).map(({ value }) => value)).toEqual(bench.visible(expected));
    });

    it("shows every kind of value exactly, with status and time", async () => {
      const bench = await connected();
      const tags = KINDS.map((_, index) => tagOf(index, `kind/${index}`));
      const statusOf = (index: number): number =>
        [StatusCode.Good, StatusCode.UncertainSubNormal, StatusCode.BadTimeout, 0xffff_ffff][index % 4]!;
      await bench.publish(
        entryOf(
          1,
          KINDS.map((value, index) => sampleOf(index, value, index, statusOf(index))),
          tags,
        ),
      );
      for (const [index, value] of KINDS.entries()) {
        const held = await bench.held(`kind/${index}`);
        const { seenStatus = (code: number) => code, seenTime = (time: number) => time } = bench;
        const seen = { statusCode: seenStatus(statusOf(index)), sourceTimestamp: seenTime(T0 + index) };
        expect(held).toEqual([expect.objectContaining(seen)]);
        expect(same(held[0]?.value, bench.shown(value)), `kind/${index}: ${String(value)}`).toBe(true);
      }
    });

    it("keeps tags with hostile names apart", async () => {
      const bench = await connected();
      const tags = HOSTILE_PATHS.map((path, index) => tagOf(index, path));
      await bench.publish(
        entryOf(
          1,
          tags.map(({ tagId }) => sampleOf(tagId, tagId, tagId)),
          tags,
        ),
      );
      for (const { tagId, path } of tags)
        expect(
          (await bench.held(path)).map(({ value }) => value),
          JSON.stringify(path),
        ).toEqual([tagId]);
    });

    it("may be offered the same again: nothing is missing, and order per tag holds in each offer", async () => {
      const bench = await connected();
      const tags = [tagOf(1, "again")];
      const entries = [1, 2].map((position) => entryOf(position, [sampleOf(1, position, position)], tags));
      await bench.publish(...entries);
      await bench.publish(...entries);
      await bench.publish(...entries, entryOf(3, [sampleOf(1, 3, 3)], tags));
      const values = (await bench.held("again")).map(({ value }) => value);
      expect(values).toEqual(bench.visible(bench.repeats === "exactly once" ? [1, 2, 3] : [1, 2, 1, 2, 1, 2, 3]));
    });

    it("takes late samples as historical", async () => {
      const bench = await connected();
      const tags = [tagOf(1, "late")];
      await bench.publish(entryOf(5, [sampleOf(1, 5, 5)], tags));
      await bench.publish(entryOf(1, [sampleOf(1, 1, 1)], tags, "late"));
      const held = await bench.held("late");
      expect(held.map(({ value }) => value).sort()).toEqual(
        (bench.shows ?? "everything") === "everything" ? [1, 5] : [5],
      );
      for (const { value, historical } of held) if (historical !== undefined) expect(historical).toBe(value === 1);
    });

    it("takes an entry without samples, and many samples at once", async () => {
      const bench = await connected();
      const tags = [tagOf(1, "many")];
      await bench.publish(entryOf(1, [], tags));
      const many = Array.from({ length: bench.mostOfOneTag ?? 5000 }, (_, index) => sampleOf(1, index, index));
      await bench.publish(entryOf(2, many, tags));
      expect((await bench.held("many")).map(({ value }) => value)).toEqual(
        bench.visible(many.map(({ value }) => value)),
      );
    });

    describeRefusedRows(makeBench);

    it("wants alarm events, or declares nothing", async () => {
      const bench = await makeBench();
      expect(bench.publisher.events).toBe(bench.events === undefined ? undefined : "wanted");
    });

    if (alarms === "alarm events") describeEvents(connected);

    it("ends a call soon after its signal aborted, and can go on afterwards", async () => {
      const bench = await connected();
      const tags = [tagOf(1, "abort")];
      const controller = new AbortController();
      const length = bench.mostOfOneTag ?? 20_000;
      const entry = entryOf(
        1,
        Array.from({ length }, (_, index) => sampleOf(1, index, index)),
        tags,
      );
      const call = bench.publisher.publish([entry], controller.signal, stepOf([entry]));
      controller.abort();
      await call.catch(() => undefined);
      await bench.publisher.close();
      await bench.publisher.connect(signal);
      await bench.publish(entry);
      const values = new Set((await bench.held("abort")).map(({ value }) => value));
      expect(values.size).toBe(bench.visible(Array.from({ length })).length);
    });

    it("may be closed twice, before connect and after, and connected again", async () => {
      const { publisher, held } = await makeBench();
      await publisher.close();
      await publisher.connect(signal);
      await publisher.close();
      await publisher.close();
      await publisher.connect(signal);
      const entry = entryOf(1, [sampleOf(1, 1, 1)], [tagOf(1, "reopened")]);
      await publisher.publish([entry], signal, stepOf([entry]));
      expect((await held("reopened")).length).toBe(1);
      await publisher.close();
    });

    it("refuses to publish without a connection, rather than hold samples back", async () => {
      const { publisher } = await makeBench();
      const entry = entryOf(1, [sampleOf(1, 1, 1)], [tagOf(1, "x")]);
      await expect(publisher.publish([entry], signal, stepOf([entry]))).rejects.toThrow("before connect");
    });

    it("says in operator's words why it cannot connect, and may be closed then", async () => {
      const bench = await makeBench();
      const broken = await bench.breakFarSide();
      const error: unknown = await broken.connect(signal).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(StationError);
      await broken.close();
    });
  });
}

function describeEvents(connected: () => Promise<ConnectedBench>): void {
  const { signal } = new AbortController();

  it("holds every alarm event between the samples around it, in order per tag and condition", async () => {
    const bench = await connected();
    const tags = [tagOf(1, "one"), tagOf(2, "two")];
    const events = [
      eventOf(1, 1),
      eventOf(2, 2, { condition: "LowLow", severity: 1000 }),
      eventOf(3, 1, { condition: "HighHigh" }),
      eventOf(4, 1, { state: "inactive", severity: 1 }),
      eventOf(5, 1),
    ];
    await bench.publish(
      entryOf(1, [sampleOf(1, 1, 1)], tags),
      eventEntryOf(2, events.slice(0, 3), tags),
      entryOf(3, [sampleOf(1, 2, 2)], tags),
    );
    await bench.publish(eventEntryOf(4, events.slice(3), tags));
    const held = await bench.events!.held("one");
    for (const condition of ["High", "HighHigh"]) {
      const expected = events.filter((event) => event.tagId === 1 && event.condition === condition);
      expect(held.filter((event) => event.condition === condition)).toEqual(
        expected.map((event) => expect.objectContaining(heldOf(event))),
      );
    }
    expect(await bench.events!.held("two")).toEqual([expect.objectContaining(heldOf(events[1]!))]);
    expect((await bench.held("one")).map(({ value }) => value)).toEqual(bench.visible([1, 2]));
    expect((await bench.events!.active?.("one"))?.toSorted() ?? ["High", "HighHigh"]).toEqual(["High", "HighHigh"]);
  });

  it("takes late alarm events as what was: they never replace a newer state", async () => {
    const bench = await connected();
    const tags = [tagOf(1, "late")];
    await bench.publish(eventEntryOf(9, [eventOf(5, 1, { state: "inactive" })], tags));
    await bench.publish(eventEntryOf(1, [eventOf(4, 1)], tags, "late"));
    const held = await bench.events!.held("late");
    const newestOnly = bench.events!.shows === "newest";
    expect(held.map(({ text }) => text).toSorted()).toEqual(newestOnly ? ["event 5"] : ["event 4", "event 5"]);
    for (const { text, historical } of held) if (historical !== undefined) expect(historical).toBe(text === "event 4");
    expect((await bench.events!.active?.("late")) ?? []).toEqual([]);
  });

  it("may be offered the same alarm events again, after a restart too: none is missing", async () => {
    const bench = await connected();
    const tags = [tagOf(1, "again")];
    const entries = [
      eventEntryOf(1, [eventOf(1, 1)], tags),
      eventEntryOf(2, [eventOf(2, 1, { state: "inactive" })], tags),
    ];
    await bench.publish(...entries);
    await bench.publish(...entries);
    await bench.publisher.close();
    await bench.publisher.connect(signal);
    await bench.publish(...entries, eventEntryOf(3, [eventOf(3, 1)], tags));
    const texts = (await bench.events!.held("again")).map(({ text }) => text);
    if (bench.repeats === "exactly once") expect(texts).toEqual(["event 1", "event 2", "event 3"]);
    else expect([...new Set(texts)]).toEqual(["event 1", "event 2", "event 3"]);
    expect((await bench.events!.active?.("again")) ?? ["High"]).toEqual(["High"]);
  });

  it("keeps hostile texts and conditions as they are, and apart", async () => {
    const bench = await connected();
    const tags = [tagOf(1, "hostile")];
    const events = HOSTILE_TEXTS.map((text, at) => eventOf(at + 1, 1, { text, condition: text }));
    await bench.publish(eventEntryOf(1, events, tags));
    const held = await bench.events!.held("hostile");
    for (const event of events)
      expect(
        held.filter(({ condition }) => condition === event.condition),
        JSON.stringify(event.condition.slice(0, 50)),
      ).toEqual([expect.objectContaining(heldOf(event))]);
    expect(held).toHaveLength(events.length);
    expect((await bench.events!.active?.("hostile"))?.toSorted() ?? HOSTILE_TEXTS.toSorted()).toEqual(
      HOSTILE_TEXTS.toSorted(),
    );
  });

  it("takes many alarm events at once", async () => {
    const bench = await connected();
    const tags = [tagOf(1, "many")];
    const length = 1000;
    const events = Array.from({ length }, (_, at) =>
      eventOf(at + 1, 1, { state: at % 2 === 0 ? "active" : "inactive" }),
    );
    await bench.publish(eventEntryOf(1, events, tags));
    expect((await bench.events!.held("many")).map(({ text }) => text)).toEqual(events.map(({ text }) => text));
  });
}

/** Equal in type and bits, through arrays. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, index) => same(element, b[index]));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}
