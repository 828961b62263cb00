/** Tags, samples and entries for tests, written briefly.
 *  test → [samples] → whatever takes entries */
import {
  type AlarmEvent,
  type Sample,
  type SampleColumns,
  SampleColumnsBuilder,
  StatusCode,
  type TagDefinition,
  type Value,
} from "@nonreturn/wire-format";
import type { StoredEntry } from "../../../src/publishers/publisher.ts";
import type { Lane } from "../../../src/record/store.ts";
import { JOURNAL_EPOCH, STREAM } from "./fake-store.ts";

/** 2026-11-23T08:00:00Z */
export const T0 = 1_795_420_800_000_000;

export function tag(tagId: number, path = `plant/tag-${tagId}`, more: Partial<TagDefinition> = {}): TagDefinition {
  return {
    tagId,
    path,
    dataType: "FLOAT64",
    unit: "°C",
    description: "",
    device: "plc",
    maximumSilenceMs: 0,
    retired: false,
    ...more,
  };
}

export function sample(tagId: number, value: Value | null, afterMs = 0, statusCode: number = StatusCode.Good): Sample {
  return { tagId, value, statusCode, sourceTimestamp: T0 + Math.round(afterMs * 1000) };
}

export function columns(...samples: readonly Sample[]): SampleColumns {
  const builder = new SampleColumnsBuilder();
  for (const one of samples) builder.pushSample(one);
  return builder.take();
}

export function alarm(eventSequence: number, tagId: number, more: Partial<AlarmEvent> = {}): AlarmEvent {
  return {
    eventSequence,
    tagId,
    condition: "High",
    state: "active",
    severity: 500,
    text: "too high",
    value: 1,
    time: T0 + eventSequence * 1000,
    ...more,
  };
}

export function eventEntry(
  position: number,
  events: readonly AlarmEvent[],
  tags: readonly TagDefinition[],
  lane: Lane = "live",
  journalEpoch = JOURNAL_EPOCH,
): StoredEntry {
  return { ...entry(position, columns(), tags, lane, journalEpoch), events };
}

export function entry(
  position: number,
  samples: SampleColumns,
  tags: readonly TagDefinition[],
  lane: Lane = "live",
  journalEpoch = JOURNAL_EPOCH,
): StoredEntry {
  const byId = new Map(tags.map((one) => [one.tagId, one]));
  return {
    origin: "journal",
    position,
    identity: { stream: STREAM, sealingEpoch: 101, sequence: position },
    stream: STREAM,
    journalEpoch,
    lane,
    samples,
    tagOf: (tagId) => byId.get(tagId),
  };
}
