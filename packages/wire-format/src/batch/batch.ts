/** What a sealed block carries, decoded: one of seven kinds.
 *  encode batch, decode batch ⇄ [batch] ⇄ journal, record */
import type { UtcMicros, Value } from "../sample/sample.ts";
import type { SampleColumns } from "../sample/sample-columns.ts";

/** The kind byte of a sealed block's signed header. */
export const BatchKind = {
  data: 1,
  events: 2,
  directory: 3,
  loss: 4,
  heartbeat: 5,
  status: 6,
  refresh: 7,
} as const;
export type BatchKind = (typeof BatchKind)[keyof typeof BatchKind];

export type Batch = DataBatch | EventBatch | DirectoryBatch | LossBatch | HeartbeatBatch | StatusBatch | RefreshBatch;

/** Samples that belong to history. Stream: data. */
export interface DataBatch {
  readonly kind: "data";
  /** Revision of the tag directory these tag ids belong to; the journal epoch is in the block header. */
  readonly directoryRevision: number;
  readonly samples: SampleColumns;
}

/** Alarm events, with their own sequence. Stream: data. */
export interface EventBatch {
  readonly kind: "events";
  readonly directoryRevision: number;
  readonly events: readonly AlarmEvent[];
}

export interface AlarmEvent {
  readonly eventSequence: number;
  readonly tagId: number;
  readonly condition: string;
  readonly state: "active" | "inactive";
  readonly severity: number; // 1 … 1000, OPC UA Part 5 §6.4.2
  readonly text: string;
  readonly value: Value | null;
  readonly time: UtcMicros;
}

/** One part of a full tag directory. Stream: data. A revision is complete when all its parts are held. */
export interface DirectoryBatch {
  readonly kind: "directory";
  readonly revision: number;
  readonly part: number; // 0 … parts − 1
  readonly parts: number;
  readonly tags: readonly TagDefinition[];
}

export const DATA_TYPES = [
  "BOOLEAN",
  "INT8",
  "UINT8",
  "INT16",
  "UINT16",
  "INT32",
  "UINT32",
  "INT64",
  "UINT64",
  "FLOAT16",
  "FLOAT32",
  "FLOAT64",
  "STRING",
  "BYTES",
  "TIMESTAMP",
] as const;
export type DataType = (typeof DATA_TYPES)[number];

/** One tag as the IT station knows it. Ids are assigned once per journal and never reused; a rename keeps the id. */
export interface TagDefinition {
  readonly tagId: number;
  readonly path: string;
  readonly dataType: DataType;
  readonly unit: string; // "" if none
  readonly description: string; // "" if none
  /** Engineering range, where one is configured. */
  readonly rangeLow?: number;
  readonly rangeHigh?: number;
  readonly device: string;
  /** The OT station reports an unchanged value at least this often; 0 if never. */
  readonly maximumSilenceMs: number;
  /** True once the tag is no longer configured; kept so that old blocks still resolve. */
  readonly retired: boolean;
}

/** Reports samples and alarm events that will never arrive: signed, in the chain, in place of the data. Stream: data. */
export interface LossBatch {
  readonly kind: "loss";
  readonly records: readonly LossRecord[];
}

export const LOSS_REASONS = ["journal-full", "disk-full", "journal-slow", "append-failed"] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

export interface LossRecord {
  readonly reason: LossReason;
  readonly sampleCount: number;
  readonly firstTimestamp: UtcMicros;
  readonly lastTimestamp: UtcMicros;
  /** Ascending. Cut off at the batch limit; `tagsOmitted` says how many more were touched. */
  readonly tagIds: readonly number[];
  readonly tagsOmitted: number;
  /** The journal sequences dropped, where whole unsent blocks were; 0…0 otherwise. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Alarm events beside the samples. Their numbers are missing in the sequence of events. */
  readonly eventCount: number;
}

/** Proof of life and of the head of the chain. Stream: announce. Four a second. */
export interface HeartbeatBatch {
  readonly kind: "heartbeat";
  /** Rises by one with every heartbeat of a sealing epoch. */
  readonly counter: number;
  readonly senderTime: UtcMicros;
  /** Last block of the data stream that was handed to the link; 0 and zeros before the first. */
  readonly headSequence: number;
  readonly headSealingEpoch: number;
  readonly headHash: Uint8Array; // 32
  /** Lowest sequence the journal still holds; head + 1 if it holds none. */
  readonly oldestSequence: number;
  /** Time over which the symbols of a block are spread. */
  readonly spreadMs: number;
  /** Time after which every block is sent again; 0 if there is no second pass. */
  readonly secondPassAfterMs: number;
  readonly directoryRevision: number;
}

export interface DeviceStatus {
  readonly device: string;
  readonly state: "connecting" | "connected" | "failed" | "disabled";
  readonly reason: string; // "" while connected
  readonly since: UtcMicros;
}

/** Slow-changing state of the OT station. Stream: announce. */
export interface StatusBatch {
  readonly kind: "status";
  readonly stationName: string;
  readonly softwareVersion: string;
  readonly mode: "production" | "lab";
  readonly time: UtcMicros;
  readonly devices: readonly DeviceStatus[];
  /** Named counters and gauges for the mirror on the IT side, e.g. "samples_reported_total". */
  readonly figures: readonly { readonly name: string; readonly value: number }[];
}

/** Current values, so that last values recover without history. Never enters history. Stream: announce. */
export interface RefreshBatch {
  readonly kind: "refresh";
  readonly directoryRevision: number;
  readonly samples: SampleColumns;
}

/** Bounds checked before anything is allocated. One set for both sides. */
export const BATCH_LIMITS = {
  plainBytes: 4 * 1024 * 1024,
  samples: 262_144,
  stringBytes: 65_536,
  arrayElements: 16_384,
  directoryTags: 65_536,
  lossTags: 16_384,
  lossRecords: 1_024,
  devices: 4_096,
  figures: 1_024,
  events: 16_384,
} as const;
