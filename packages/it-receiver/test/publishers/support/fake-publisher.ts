/** A publisher whose far side does what a test tells it.
 *  test → [fake publisher] ← runner */
import { StationError } from "@nonreturn/station";
import { sampleAt, type Value } from "@nonreturn/wire-format";
import { rowCount, rowsOf } from "../../../src/publishers/entry-rows.ts";
import type { LinkState, MovedOn, Publisher, StoredEntry } from "../../../src/publishers/publisher.ts";
import { CutOff, refusedEntry, Suspicion } from "../../../src/publishers/publisher.ts";

const LOST = new StationError({ code: "MQTT_CONNECT", what: "it was cut off", where: "fake", action: "none" });

const DENIED = new StationError({ code: "POSTGRESQL_PUBLISH", what: "denied", where: "fake", action: "none" });

export interface Delivered {
  readonly origin: StoredEntry["origin"];
  readonly position: number;
  readonly lane: StoredEntry["lane"];
  readonly path: string;
  readonly value: Value | null;
  /** Of an alarm event. */
  readonly event?: string;
}

/** What the far side does with a call of publish. `hang` ignores its signal; `move on and …` tells first that more is held. */
export type Behaviour = "take" | "fail" | "take and fail" | "hang" | "move on and fail" | "move on and hang";

export class FakeFarSide {
  readonly delivered: Delivered[] = [];
  readonly links: string[] = [];
  /** What is missing: the kind of news, and where each begins. */
  readonly missing: string[] = [];
  missingRefused: "no" | "as a right" | "as data" | "cut off" = "no";
  /** Paths, one list per call. */
  readonly tags: string[][] = [];
  readonly refuse = new Set<number>();
  /** Values; a call with one of them is refused. */
  readonly refuseValues = new Set<Value>();
  /** Values; a call with one of them is cut off, behind what came before the value. */
  readonly cutValues = new Set<Value>();
  /** Values, or everything of a kind; a call with one of them fails with an error that may speak of all. */
  readonly suspectValues = new Set<Value | "every sample" | "every event">();
  /** Whether the publisher has a trial, as one has whose far side tells repeats by the block. */
  trial: "offered" | "missing" = "missing";
  trials = 0;
  /** More rows than this in one call are refused. */
  mostRows = Number.POSITIVE_INFINITY;
  /** Consumed one per call; "take" when empty. */
  behaviours: Behaviour[] = [];
  /** How `move on and …` does, and what it waits for before. */
  moves: Parameters<MovedOn>[0] = "for good";
  beforeMoving: () => Promise<void> = async () => undefined;
  connects: ("take" | "fail" | "hang")[] = [];
  closes: "at once" | "hang" = "at once";
  connected = 0;
  closed = 0;
  calls: number[][] = [];
  created = 0;
  events: "wanted" | undefined;
  eventsTold: number | undefined;
  /** Runs in the middle of each call. */
  onCall: (positions: readonly number[]) => void = () => undefined;
  onTrial: () => void = () => undefined;

  create(): Publisher {
    this.created++;
    const far = this;
    return {
      get eventsTold() {
        return far.eventsTold;
      },
      get trial() {
        return far.trial === "offered" ? (entries: readonly StoredEntry[]) => far.#try(entries) : undefined;
      },
      get events() {
        return far.events;
      },
      connect: async () => {
        const behaviour = this.connects.shift() ?? "take";
        if (behaviour === "hang") await new Promise(() => undefined);
        if (behaviour === "fail") throw new Error("nobody there");
        this.connected++;
      },
      publish: (entries, _signal, _step, movedOn) => this.#publish(entries, movedOn),
      linkChanged: async (link: LinkState) => void this.links.push(link.state),
      missingChanged: async (missing, is) => {
        this.missing.push(`${is} ${missing.map(({ from }) => from)}`);
        if (this.missingRefused === "as a right") throw new Suspicion(DENIED, "42501");
        if (this.missingRefused === "as data") throw refusedEntry("fake", "not the gaps");
        if (this.missingRefused === "cut off") throw new CutOff(LOST, 0, 0);
      },
      tagsChanged: async (tags) => void this.tags.push(tags.map(({ path }) => path)),
      close: async () => {
        this.closed++;
        if (this.closes === "hang") await new Promise(() => undefined);
      },
    };
  }

  /** Values of journal entries, in the order of delivery. */
  values(): (Value | null)[] {
    return this.delivered.map(({ value }) => value);
  }

  async #publish(entries: readonly StoredEntry[], movedOn?: MovedOn): Promise<void> {
    this.calls.push(entries.map(({ position }) => position));
    this.onCall(this.calls.at(-1) ?? []);
    const behaviour = this.behaviours.shift() ?? "take";
    if (behaviour.startsWith("move on")) {
      await this.beforeMoving();
      movedOn?.(this.moves);
    }
    if (behaviour.endsWith("hang")) await new Promise(() => undefined);
    if (behaviour === "fail" || behaviour === "move on and fail") throw new Error("not now");
    this.#check(entries);
    const rows = entries.reduce((sum, entry) => sum + rowCount(entry), 0);
    if (rows > this.mostRows) throw refusedEntry("fake", `${rows} rows are too many`);
    if (this.cutValues.size > 0) return this.#takeUntilCut(entries);
    for (const entry of entries) this.#take(entry);
    if (behaviour === "take and fail") throw new Error("lost the answer");
  }

  async #try(entries: readonly StoredEntry[]): Promise<void> {
    this.trials++;
    this.onTrial();
    if (this.behaviours[0] === "fail") {
      this.behaviours.shift();
      throw new Error("not now");
    }
    this.#check(entries);
  }

  #takeUntilCut(entries: readonly StoredEntry[]): void {
    let held = 0;
    for (const entry of entries)
      for (let row = 0; row < entry.samples.count; row++) {
        const value = sampleAt(entry.samples, row).value;
        if (value !== null && this.cutValues.has(value)) throw new CutOff(LOST, held, held + 1);
        this.#take(rowsOf(entry, row, row + 1));
        held++;
      }
  }

  #check(entries: readonly StoredEntry[]): void {
    for (const { samples, events } of entries) {
      const kind = events === undefined ? "every sample" : "every event";
      const values = events?.map(({ value }) => value) ?? [];
      for (let row = 0; row < samples.count; row++) values.push(sampleAt(samples, row).value);
      const suspect = values.find((value) => value !== null && this.suspectValues.has(value));
      if (suspect !== undefined || (values.length > 0 && this.suspectValues.has(kind)))
        throw new Suspicion(DENIED, "42501");
    }
    const refused = entries.find(({ position }) => this.refuse.has(position));
    if (refused !== undefined) throw refusedEntry("fake", `not ${refused.position}`);
    for (const { samples, events = [] } of entries) {
      const values = [...events.map(({ value }) => value)];
      for (let row = 0; row < samples.count; row++) values.push(sampleAt(samples, row).value);
      for (const value of values)
        if (value !== null && this.refuseValues.has(value))
          throw refusedEntry("fake", `not the value ${String(value)}`);
    }
  }

  #take({ origin, position, lane, samples, events, tagOf }: StoredEntry): void {
    for (const { tagId, condition, state, value } of events ?? [])
      this.delivered.push({
        origin,
        position,
        lane,
        path: tagOf(tagId)?.path ?? "?",
        value,
        event: `${condition} ${state}`,
      });
    for (let row = 0; row < samples.count; row++) {
      const { tagId, value } = sampleAt(samples, row);
      this.delivered.push({ origin, position, lane, path: tagOf(tagId)?.path ?? "?", value });
    }
  }
}
