/** The publisher contract: hands stored samples to one business system, and holds nothing back.
 *  record → [publishers] → MQTT, SQL … */
import type { BlockIdentity, Sample, SampleColumns, TagDefinition } from "@nonreturn/wire-format";
import type { Lane } from "../record/store.ts";

/** The samples of one stored block (or of one status change made here), with what is needed to name them. */
export interface StoredEntry {
  /**
   * journal: samples of a stored block, with identity and position.
   * refresh: a current value carried beside history. stale: made here when the link or a device fell silent.
   * The last two have no identity, are never history, and reach only publishers that want current values.
   */
  readonly origin: "journal" | "refresh" | "stale";
  readonly position: number; // 0 unless origin is journal
  readonly identity?: BlockIdentity;
  readonly lane: Lane;
  readonly samples: SampleColumns;
  /** Resolves every tag id in `samples`. */
  readonly tagOf: (tagId: number) => TagDefinition | undefined;
}

export interface Publisher {
  /** Called while not connected. Rejects with a StationError; the runner backs off and calls again. */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * Resolves once the far side HOLDS every sample of every entry. On rejection the runner calls again with the same entries: be idempotent.
   * Entries of one call are of one lane, in order. Live and late calls never overlap.
   */
  publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface PublisherFactory<Config = unknown> {
  readonly name: string;
  /** history: journal entries only. current: refresh and stale entries too. */
  readonly wants: "history" | "current";
  create(config: Config, surroundings: PublisherSurroundings): Publisher;
}

export interface PublisherSurroundings {
  readonly clock: import("@nonreturn/station").Clock;
  readonly log: import("@nonreturn/station").Log;
  readonly publisher: string; // its name in the configuration
  readonly dataFolder: string;
}

export type { Sample };
