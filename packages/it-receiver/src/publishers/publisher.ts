/** The publisher contract: hands stored samples to one business system, and holds nothing back.
 *  record → [publishers] → MQTT, SQL … */
import { StationError } from "@nonreturn/station/thread";
import type {
  AlarmEvent,
  BlockIdentity,
  Sample,
  SampleColumns,
  StatusBatch,
  TagDefinition,
  UtcMicros,
  Value,
} from "@nonreturn/wire-format";
import type { GapList } from "../gaps/gap-list.ts";
import type { MissingTime, MissingTimes, ReadMissingList, ReadMissingTimes } from "../gaps/missing-times.ts";
import type { Lane } from "../record/store.ts";
import type { StoredStream } from "../record/stream-list.ts";
import type { ProgressKeeper, ProgressStep } from "./progress.ts";
import type { SampleCell } from "./sample-cells.ts";

/** The samples or alarm events of one stored block (or of one status change made here), with what is needed to name them. */
export interface StoredEntry {
  /**
   * journal: samples of a stored block, with identity and position.
   * refresh: a current value carried beside history. stale: made here when the link or a device fell silent.
   * The last two have no identity, are never history, and reach only publishers that want current values.
   */
  readonly origin: "journal" | "refresh" | "stale";
  readonly position: number; // 0 unless origin is journal
  readonly identity?: BlockIdentity;
  /** Data stream and journal epoch: the name space of the tag ids. */
  readonly stream: number;
  readonly journalEpoch: number;
  readonly lane: Lane;
  /** Left out, or 0, unless the entry is a part of its block: the number of its first row there, of a sample or an alarm event. */
  readonly firstRow?: number;
  /** retried: rows that were set aside when the rest of their block was published. Their block is held, they are not. */
  readonly offer?: "retried";
  readonly samples: SampleColumns;
  /** Of a block of alarm events, which has no samples; offered only to publishers that want {@link Publisher.events}. */
  readonly events?: readonly AlarmEvent[];
  /** Resolves every tag id in `samples` and `events`. The same definition object as long as the definition is the same. */
  readonly tagOf: (tagId: number) => TagDefinition | undefined;
}

/** What is known about the one-way link. unknown: since the start neither life nor silence has been noticed. */
export interface LinkState {
  readonly state: "unknown" | "up" | "silent";
  readonly since: UtcMicros;
}

export interface Publisher {
  /** Called while not connected. Rejects with a StationError; the runner backs off and calls again. */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * Resolves once the far side HOLDS every sample of every entry. On rejection the runner closes, connects and offers the same entries
   * again, perhaps with others behind them: be idempotent. After a refusal ({@link refusedEntry}) it finds out which rows are refused: see {@link trial}.
   * Entries of one call are of one lane, in order. Live and late calls never overlap. Must give up when the signal aborts.
   *
   * @param step  for publishers with a {@link progress} of their own: what to save in the transaction that stores the entries.
   * @param movedOn  for publishers whose calls take many answers: call it whenever the far side holds more, and the deadline begins anew. for good:
   *   it is not sent again when the same entries are offered, so that a failure behind it is not one more in a row.
   */
  publish(entries: readonly StoredEntry[], signal: AbortSignal, step: ProgressStep, movedOn?: MovedOn): Promise<void>;
  /**
   * Present where the far side can hold the cursor in the same transaction as the samples, which makes publishing effectively once:
   * `publish` then saves its step itself and skips entries that `progress` already holds. Absent: the runner keeps the cursors, and
   * saves after publish resolved. Used only while connected.
   */
  readonly progress?: ProgressKeeper | undefined;
  /**
   * Left out: entries with alarm events are passed over. Their order among the samples is that of the journal. Events of the late lane, and any
   * whose number is not the highest of its journal, tag and condition, tell what was: they never replace a newer state.
   */
  readonly events?: "wanted" | undefined;
  /** Times that an alarm was told to clients who listen, since this object was made. Left out where to publish an event is to tell it. */
  readonly eventsTold?: number | undefined;
  /** Of a historian: quarters of a day of tags whose minutes and hours are not made of their samples yet. Left out elsewhere. */
  readonly unitsWaiting?: number | undefined;
  /**
   * How the refused rows of a call are found: halves of it are offered, and those again, until a refused row stands alone; it is set aside.
   * Left out: the parts are published, each with the position and identity of its entry and some of its rows. Present where the far side
   * tells repeats by the block: rejects as publish would, and leaves nothing there. Then the entries are published at once, whole but for
   * the refused rows.
   */
  readonly trial?: ((entries: readonly StoredEntry[], signal: AbortSignal) => Promise<void>) | undefined;
  /** Called after connect and whenever the link's state changes, between calls of publish. Left out by those that have no use for it. */
  linkChanged?(link: LinkState, signal: AbortSignal): Promise<void>;
  /**
   * Every tag that is not retired, of the newest directory of each stream. Called after connect and whenever a newer directory is complete,
   * between calls of publish. For those that show tags before they have values; definitions that did not change are the same objects.
   */
  tagsChanged?(tags: readonly TagDefinition[], signal: AbortSignal): Promise<void>;
  /**
   * What is known to be missing of history. all: nothing else is. more: what else was told before may be healed, but its samples are on their way.
   * Called after connect and whenever it changes, between calls of publish. For those whose far side holds a list of it.
   */
  missingChanged?(missing: readonly MissingTime[], is: "all" | "more", signal: AbortSignal): Promise<void>;
  /**
   * Idempotent; also called after a failed connect. Afterwards connect may be called again. Called once more while a close is still at work, that one
   * was given up: no connection is left open then, for an open one keeps the thread from ending.
   */
  close(): Promise<void>;
}

export type MovedOn = (held: "for good" | "by this call") => void;

/** The present state of every alarm of this station: one for all publishers, ahead of their cursors. */
export interface AlarmStates {
  /** Active ones of each stream's newest journal whose id is > `after`, ascending, at most `limit`. */
  active(after: number, limit: number): AlarmState[];
  /** False for an event that tells what was: a newer one of its alarm, or a newer journal, is known. */
  isPresent(entry: Pick<StoredEntry, "stream" | "journalEpoch">, event: AlarmEvent): boolean;
}

export interface AlarmState {
  /** Stays the same as long as this station remembers the alarm. */
  readonly id: number;
  readonly stream: number;
  readonly journalEpoch: number;
  /** The one with the highest number of its tag and condition. */
  readonly event: AlarmEvent;
  /** undefined while no directory names it. */
  readonly tag: TagDefinition | undefined;
}

export interface Announcement {
  readonly status: StatusBatch;
  /** By this station's clock. */
  readonly heardAt: UtcMicros;
}

/** One OT station as this one knows it. */
export interface KnownStation {
  /** Of its data. */
  readonly stream: number;
  /** What it last said of itself, and when that was heard; if need be before this station started. */
  readonly announced: (Announcement & { readonly is: "current" | "old" }) | undefined;
  readonly link: {
    /** off: of a stream that is not received any more. */
    readonly state: LinkState["state"] | "off";
    /** "" while it is up. */
    readonly reason: string;
    readonly since: UtcMicros | undefined;
  };
  /** undefined before its first block or heartbeat. */
  readonly stored: StoredStream | undefined;
  /** Of its newest directory, without those that are retired. */
  readonly tags: number;
}

/** The historian's read side, for publishers that answer questions about the past. */
export interface HistorySource {
  /** Samples of a path with from ≤ source timestamp ≤ to, in order of time. Leave the iteration with `return` or to its end. */
  read(path: string, from: UtcMicros, to: UtcMicros): Iterable<HistorySample>;
  /**
   * The same for reading millions: rows first … end − 1 of columns, and in place of a chunk's rows its figures, where `fits` holds for every
   * cell of them and where there are no samples any more.
   */
  readParts(path: string, from: UtcMicros, to: UtcMicros, fits: (cell: SampleCell) => boolean): Iterable<HistoryPart>;
  /** Alarm events, in order of time. */
  readAlarms(query: AlarmQuery): AlarmRecord[];
  /** The newest sample of a path whose source timestamp is < at. */
  lastBefore(path: string, at: UtcMicros): HistorySample | undefined;
  close(): void;
}

export interface AlarmQuery {
  /** Of one tag; of all if left out. */
  readonly path?: string | undefined;
  readonly from: UtcMicros;
  /** Not included. */
  readonly to: UtcMicros;
  /** Only events behind this one, in order of time and then of id. */
  readonly after?: { readonly time: UtcMicros; readonly id: number } | undefined;
  readonly limit: number;
}

export interface AlarmRecord {
  readonly id: number;
  readonly path: string;
  readonly unit: string;
  readonly historical: boolean;
  readonly event: AlarmEvent;
}

export interface HistorySample {
  readonly value: Value | null;
  readonly statusCode: number;
  readonly sourceTimestamp: UtcMicros;
}

export interface HistoryRun {
  readonly series: SampleColumns;
  readonly first: number;
  readonly end: number;
}

export type HistoryPart =
  | ({ readonly is: "rows" } & HistoryRun)
  | { readonly is: "cells"; readonly cells: readonly SampleCell[] };

/** What a publisher folder's index.ts offers the registry. `Config` is what the user writes for one publisher, validated. */
export interface PublisherFactory<Config = unknown> {
  /** The `type` in the configuration. */
  readonly name: string;
  /** history: journal entries only. current: refresh and stale entries too. */
  readonly wants: "history" | "current";
  /** forgets: after each connect it is given every current value first. keeps, if left out. */
  readonly farSide?: "keeps" | "forgets";
  create(config: Config, surroundings: PublisherSurroundings): Publisher;
}

export interface PublisherSurroundings {
  readonly clock: import("@nonreturn/station").Clock;
  readonly log: import("@nonreturn/station").Log;
  readonly publisher: string; // its name in the configuration
  /** Name of this IT station. */
  readonly station: string;
  readonly dataFolder: string;
  /** undefined while there is no historian. */
  readonly openHistory: () => HistorySource | undefined;
  /** Left out where there is no store. */
  readonly alarms?: AlarmStates;
  /** What `nonreturn-it gaps` shows. Left out where there is no store. */
  readonly readGaps?: () => GapList;
  /** Where history has holes that are known. Left out where there is no store. */
  readonly readMissingTimes?: ReadMissingTimes;
  /** The same one by one. Left out where there is no store. */
  readonly readMissingList?: ReadMissingList;
  /** Left out where there is no store. */
  readonly readStations?: () => readonly KnownStation[];
}

/** Rows first … end − 1. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

export interface ToldRange extends RowRange {
  /** Every row of it is refused, for this. Left out: one of them, or more, for what the refusal says. */
  readonly reason?: string;
}

/** What a publisher knows about a refusal, by rows counted through the offered entries. */
export interface ToldRows {
  /** Every row before this one is held or among the refused; none behind it needs to be held. */
  readonly through: number;
  /** Ascending. */
  readonly refused: readonly ToldRange[];
}

/** The far side refuses rows for what they are, however often they are offered, while it would take others. */
export class Refusal extends StationError {
  readonly told: ToldRows | undefined;

  constructor(publisher: string, what: string, options?: ErrorOptions, told?: ToldRows) {
    super(
      {
        code: "PUBLISH_REFUSED_ENTRY",
        what,
        where: `publisher ${publisher}`,
        action:
          "The refused samples are set aside with this reason and stay in the store: nonreturn-it quarantine lists them. Remove the cause.",
      },
      options,
    );
    this.told = told;
  }
}

/**
 * The far side ended the connection in the middle of a call, as some do instead of an answer. Once may be chance; if it does so for the same rows again
 * and again while it takes others, they are refused.
 */
export class CutOff extends StationError {
  /** So many rows, counted through the offered entries, are held; so many were on their way or held. */
  readonly held: number;
  readonly sent: number;

  constructor(lost: StationError, held: number, sent: number) {
    const { code, what, where, action, cause } = lost;
    super({ code, what, action, ...(where === undefined ? {} : { where }) }, { cause });
    this.held = held;
    this.sent = sent;
  }
}

/**
 * The far side answered with an error that speaks neither of the connection, the login, its resources nor its own state: a rule of the site for some rows,
 * or a right that was lost for all. If it answers so to the same rows again and again while it takes others, they are refused.
 */
export class Suspicion extends StationError {
  /** The far side's own code: equal for equal errors. */
  readonly kind: string;
  readonly told: ToldRows | undefined;

  constructor({ code, what, where, action, cause }: StationError, kind: string, told?: ToldRows) {
    super({ code, what, action, ...(where === undefined ? {} : { where }) }, { cause });
    this.kind = kind;
    this.told = told;
  }
}

/** A far side that asks for more is asked again then. */
export const LONGEST_WAIT_MS = 3_600_000;

/** The far side asked to be left alone for a while: it is not tried again before. */
export class Busy extends StationError {
  readonly waitMs: number;

  /** @param waitMs  at most {@link LONGEST_WAIT_MS} */
  constructor({ code, what, where, action, cause }: StationError, waitMs: number) {
    const asked = `${what}; it asks to be left alone for ${Math.ceil(waitMs / 1000)} s`;
    super({ code, what: asked, action, ...(where === undefined ? {} : { where }) }, { cause });
    this.waitMs = waitMs;
  }
}

/** For `publish` and `trial`: refused by data. Anything else that is thrown but a {@link Suspicion} says that the far side cannot be reached. */
export function refusedEntry(publisher: string, what: string, options?: ErrorOptions, told?: ToldRows): Refusal {
  return new Refusal(publisher, what, options, told);
}

export type { GapList, MissingTime, MissingTimes, ReadMissingList, ReadMissingTimes, Sample };
