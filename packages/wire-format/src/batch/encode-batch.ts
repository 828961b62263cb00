/** Encodes a batch of any kind as its protobuf message.
 *  report, announce → [encode batch] → compress → seal */
import { WireError } from "../wire-error.ts";
import type {
  AlarmEvent,
  Batch,
  DeviceStatus,
  DirectoryBatch,
  EventBatch,
  HeartbeatBatch,
  LossBatch,
  LossRecord,
  StatusBatch,
  TagDefinition,
} from "./batch.ts";
import { BATCH_LIMITS } from "./batch.ts";
import { ByteWriter } from "./byte-writer.ts";
import { encodeSamples } from "./encode-samples.ts";
import { encodeValues, valueRowsOf } from "./encode-values.ts";
import { nonreturn } from "./gen/batch.js";
import {
  ALARM_STATE_NAMES,
  DATA_TYPE_NAMES,
  DEVICE_STATE_NAMES,
  LOSS_REASON_NAMES,
  numberOf,
  STATION_MODE_NAMES,
} from "./wire-names.ts";

const wire = nonreturn.wire;

/**
 * The plain bytes of a batch, before compression.
 *
 * @throws {WireError} BATCH_LIMIT for whatever the format cannot carry: beyond BATCH_LIMITS, an integer field that is none, a hash of
 *   another length. Nothing is cut off silently, except that a lone surrogate in a string becomes U+FFFD.
 *
 * Encoding the same batch twice gives the same bytes.
 */
export function encodeBatch(batch: Batch): Uint8Array {
  const plain = encodeKind(batch);
  if (plain.length > BATCH_LIMITS.plainBytes) throw limit("batch bytes", plain.length, BATCH_LIMITS.plainBytes);
  return plain;
}

function encodeKind(batch: Batch): Uint8Array {
  switch (batch.kind) {
    case "data":
    case "refresh":
      return encodeSamples(uint32(batch.directoryRevision, "directoryRevision"), batch.samples);
    case "events":
      return encodeEvents(batch);
    case "directory":
      return encodeDirectory(batch);
    case "loss":
      return encodeLoss(batch);
    case "heartbeat":
      return encodeHeartbeat(batch);
    case "status":
      return encodeStatus(batch);
  }
}

function encodeEvents(batch: EventBatch): Uint8Array {
  within(batch.events.length, BATCH_LIMITS.events, "events");
  const values = new ByteWriter();
  encodeValues(values, valueRowsOf(batch.events.map((event) => event.value)), undefined);
  return wire.EventBatch.encode({
    directoryRevision: uint32(batch.directoryRevision, "directoryRevision"),
    events: batch.events.map(alarmEventOf),
    values: values.take(),
  }).finish();
}

function alarmEventOf(event: AlarmEvent): nonreturn.wire.AlarmEvent.$Properties {
  if (!(event.severity >= 1 && event.severity <= 1000))
    throw new WireError("BATCH_LIMIT", `severity ${event.severity}, 1 … 1000`);
  return {
    eventSequence: uint53(event.eventSequence, "eventSequence"),
    tagId: uint32(event.tagId, "tagId"),
    condition: text(event.condition, "condition"),
    state: numberOf(ALARM_STATE_NAMES, event.state),
    severity: uint32(event.severity, "severity"),
    text: text(event.text, "text"),
    time: uint53(event.time, "time"),
  };
}

function encodeDirectory(batch: DirectoryBatch): Uint8Array {
  within(batch.tags.length, BATCH_LIMITS.directoryTags, "directory tags");
  if (!(batch.part < batch.parts)) throw new WireError("BATCH_LIMIT", `directory part ${batch.part} of ${batch.parts}`);
  return wire.DirectoryBatch.encode({
    revision: uint32(batch.revision, "revision"),
    part: uint32(batch.part, "part"),
    parts: uint32(batch.parts, "parts"),
    tags: batch.tags.map(tagDefinitionOf),
  }).finish();
}

function tagDefinitionOf(tag: TagDefinition): nonreturn.wire.TagDefinition.$Properties {
  return {
    tagId: uint32(tag.tagId, "tagId"),
    path: text(tag.path, "path"),
    dataType: numberOf(DATA_TYPE_NAMES, tag.dataType),
    unit: text(tag.unit, "unit"),
    description: text(tag.description, "description"),
    ...(tag.rangeLow === undefined ? {} : { rangeLow: tag.rangeLow }),
    ...(tag.rangeHigh === undefined ? {} : { rangeHigh: tag.rangeHigh }),
    device: text(tag.device, "device"),
    maximumSilenceMs: uint53(tag.maximumSilenceMs, "maximumSilenceMs"),
    retired: tag.retired,
  };
}

function encodeLoss(batch: LossBatch): Uint8Array {
  within(batch.records.length, BATCH_LIMITS.lossRecords, "loss records");
  return wire.LossBatch.encode({ records: batch.records.map(lossRecordOf) }).finish();
}

function lossRecordOf(record: LossRecord): nonreturn.wire.LossRecord.$Properties {
  within(record.tagIds.length, BATCH_LIMITS.lossTags, "tags of a loss record");
  let previous = -1;
  const tagIdDeltas = record.tagIds.map((tagId) => {
    if (uint32(tagId, "tagId") <= previous)
      throw new WireError("BATCH_LIMIT", `tag ids of a loss record do not ascend at ${tagId}`);
    const delta = tagId - Math.max(previous, 0);
    previous = tagId;
    return delta;
  });
  return {
    reason: numberOf(LOSS_REASON_NAMES, record.reason),
    sampleCount: uint53(record.sampleCount, "sampleCount"),
    firstTimestamp: uint53(record.firstTimestamp, "firstTimestamp"),
    lastTimestamp: uint53(record.lastTimestamp, "lastTimestamp"),
    tagIdDeltas,
    tagsOmitted: uint53(record.tagsOmitted, "tagsOmitted"),
    firstSequence: uint53(record.firstSequence, "firstSequence"),
    lastSequence: uint53(record.lastSequence, "lastSequence"),
    eventCount: uint53(record.eventCount, "eventCount"),
  };
}

function encodeHeartbeat(batch: HeartbeatBatch): Uint8Array {
  if (batch.headHash.length !== 32) throw new WireError("BATCH_LIMIT", `head hash of ${batch.headHash.length} bytes`);
  return wire.HeartbeatBatch.encode({
    counter: uint53(batch.counter, "counter"),
    senderTime: uint53(batch.senderTime, "senderTime"),
    headSequence: uint53(batch.headSequence, "headSequence"),
    headSealingEpoch: uint32(batch.headSealingEpoch, "headSealingEpoch"),
    headHash: batch.headHash,
    oldestSequence: uint53(batch.oldestSequence, "oldestSequence"),
    spreadMs: uint32(batch.spreadMs, "spreadMs"),
    secondPassAfterMs: uint32(batch.secondPassAfterMs, "secondPassAfterMs"),
    directoryRevision: uint32(batch.directoryRevision, "directoryRevision"),
  }).finish();
}

function encodeStatus(batch: StatusBatch): Uint8Array {
  within(batch.devices.length, BATCH_LIMITS.devices, "devices");
  within(batch.figures.length, BATCH_LIMITS.figures, "figures");
  return wire.StatusBatch.encode({
    stationName: text(batch.stationName, "stationName"),
    softwareVersion: text(batch.softwareVersion, "softwareVersion"),
    mode: numberOf(STATION_MODE_NAMES, batch.mode),
    time: uint53(batch.time, "time"),
    devices: batch.devices.map(deviceStatusOf),
    figures: batch.figures.map(({ name, value }) => ({ name: text(name, "figure name"), value })),
  }).finish();
}

function deviceStatusOf(device: DeviceStatus): nonreturn.wire.DeviceStatus.$Properties {
  return {
    device: text(device.device, "device"),
    state: numberOf(DEVICE_STATE_NAMES, device.state),
    reason: text(device.reason, "reason"),
    since: uint53(device.since, "since"),
  };
}

function limit(what: string, value: number, most: number): WireError {
  return new WireError("BATCH_LIMIT", `${what}: ${value}, at most ${most}`);
}

function within(count: number, most: number, what: string): void {
  if (count > most) throw limit(what, count, most);
}

function uint32(value: number, field: string): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw new WireError("BATCH_LIMIT", `${field} ${value} is no uint32`);
  return value;
}

function uint53(value: number, field: string): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new WireError("BATCH_LIMIT", `${field} ${value} is not in 0 … 2^53 − 1`);
  return value;
}

function text(value: string, field: string): string {
  const wellFormed = value.toWellFormed();
  // A UTF-16 unit is at most 3 bytes of UTF-8: the exact length is only counted where it could be too long.
  if (wellFormed.length * 3 > BATCH_LIMITS.stringBytes)
    within(Buffer.byteLength(wellFormed), BATCH_LIMITS.stringBytes, `${field} bytes`);
  return wellFormed;
}
