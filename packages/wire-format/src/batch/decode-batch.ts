/** Parses the plain bytes of a batch of any kind, and refuses whatever does not fit the format.
 *  open → decompress → [decode batch] → record */
import protobuf from "protobufjs/minimal.js";
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
import { BATCH_LIMITS, BatchKind } from "./batch.ts";
import { ByteReader, malformed } from "./byte-reader.ts";
import { decodeSamples } from "./decode-samples.ts";
import { decodeValues, valueOfRow } from "./decode-values.ts";
import { nonreturn } from "./gen/batch.js";
import {
  ALARM_STATE_NAMES,
  DATA_TYPE_NAMES,
  DEVICE_STATE_NAMES,
  LOSS_REASON_NAMES,
  nameOf,
  STATION_MODE_NAMES,
} from "./wire-names.ts";

const wire = nonreturn.wire;

/**
 * The batch in `plain`, as the kind byte of the block's signed header says.
 *
 * @param plain  decompressed bytes. Not modified, not kept.
 * @throws {WireError} BATCH_LIMIT or BATCH_MALFORMED; never another error, whatever the bytes are.
 *
 * Bounds come before allocation: a hostile batch costs at most a small multiple of its own length. Fields unknown here are passed over,
 * so that a later version may add some.
 */
export function decodeBatch(kind: BatchKind, plain: Uint8Array): Batch {
  if (plain.length > BATCH_LIMITS.plainBytes)
    throw new WireError("BATCH_LIMIT", `${plain.length} bytes, at most ${BATCH_LIMITS.plainBytes}`);
  switch (kind) {
    case BatchKind.data:
      return { kind: "data", ...decodeSamples(plain) };
    case BatchKind.refresh:
      return { kind: "refresh", ...decodeSamples(plain) };
    case BatchKind.events:
      return decodeEvents(plain);
    case BatchKind.directory:
      return decodeDirectory(plain);
    case BatchKind.loss:
      return decodeLoss(plain);
    case BatchKind.heartbeat:
      return decodeHeartbeat(plain);
    case BatchKind.status:
      return decodeStatus(plain);
    default:
      throw malformed(`batch kind ${String(kind)}`);
  }
}

function decodeEvents(plain: Uint8Array): EventBatch {
  within(fieldCount(plain, 2), BATCH_LIMITS.events, "events");
  const batch = parse(wire.EventBatch.decode, plain);
  const values = decodeValues(new ByteReader(batch.values), BATCH_LIMITS.events);
  if (values.count !== batch.events.length)
    throw malformed(`${batch.events.length} events with ${values.count} values`);
  const events = batch.events.map((event, row) => alarmEventOf(event, valueOfRow(values, row)));
  return { kind: "events", directoryRevision: batch.directoryRevision, events };
}

function alarmEventOf(properties: nonreturn.wire.AlarmEvent.$Properties, value: AlarmEvent["value"]): AlarmEvent {
  const event = properties as nonreturn.wire.AlarmEvent;
  if (event.severity < 1 || event.severity > 1000) throw malformed(`severity ${event.severity}`);
  return {
    eventSequence: uint53(event.eventSequence),
    tagId: event.tagId,
    condition: text(event.condition),
    state: nameOf(ALARM_STATE_NAMES, event.state, "alarm state"),
    severity: event.severity,
    text: text(event.text),
    value,
    time: uint53(event.time),
  };
}

function decodeDirectory(plain: Uint8Array): DirectoryBatch {
  within(fieldCount(plain, 4), BATCH_LIMITS.directoryTags, "directory tags");
  const { revision, part, parts, tags } = parse(wire.DirectoryBatch.decode, plain);
  if (part >= parts) throw malformed(`directory part ${part} of ${parts}`);
  const texts = new Map<string, string>();
  return { kind: "directory", revision, part, parts, tags: tags.map((tag) => tagDefinitionOf(tag, texts)) };
}

/** @param texts  units, devices and descriptions that were there before, each once: definitions are kept for the life of a station. */
function tagDefinitionOf(
  properties: nonreturn.wire.TagDefinition.$Properties,
  texts: Map<string, string>,
): TagDefinition {
  const tag = properties as nonreturn.wire.TagDefinition;
  const shared = (value: string): string => {
    const known = texts.get(value) ?? flat(text(value));
    texts.set(known, known);
    return known;
  };
  return {
    tagId: tag.tagId,
    path: flat(text(tag.path)),
    dataType: nameOf(DATA_TYPE_NAMES, tag.dataType, "data type"),
    unit: shared(tag.unit),
    description: shared(tag.description),
    ...(typeof tag.rangeLow === "number" ? { rangeLow: tag.rangeLow } : {}),
    ...(typeof tag.rangeHigh === "number" ? { rangeHigh: tag.rangeHigh } : {}),
    device: shared(tag.device),
    maximumSilenceMs: uint53(tag.maximumSilenceMs),
    retired: tag.retired,
  };
}

function decodeLoss(plain: Uint8Array): LossBatch {
  within(fieldCount(plain, 1), BATCH_LIMITS.lossRecords, "loss records");
  return { kind: "loss", records: parse(wire.LossBatch.decode, plain).records.map(lossRecordOf) };
}

function lossRecordOf(properties: nonreturn.wire.LossRecord.$Properties): LossRecord {
  const record = properties as nonreturn.wire.LossRecord;
  within(record.tagIdDeltas.length, BATCH_LIMITS.lossTags, "tags of a loss record");
  let tagId = 0;
  const tagIds = record.tagIdDeltas.map((delta, place) => {
    tagId += delta;
    if ((place > 0 && delta === 0) || tagId > 0xffffffff)
      throw malformed("tag ids of a loss record do not ascend within 32 bits");
    return tagId;
  });
  return {
    reason: nameOf(LOSS_REASON_NAMES, record.reason, "loss reason"),
    sampleCount: uint53(record.sampleCount),
    firstTimestamp: uint53(record.firstTimestamp),
    lastTimestamp: uint53(record.lastTimestamp),
    tagIds,
    tagsOmitted: uint53(record.tagsOmitted),
    firstSequence: uint53(record.firstSequence),
    lastSequence: uint53(record.lastSequence),
    eventCount: uint53(record.eventCount),
  };
}

function decodeHeartbeat(plain: Uint8Array): HeartbeatBatch {
  const batch = parse(wire.HeartbeatBatch.decode, plain);
  if (batch.headHash.length !== 32) throw malformed(`head hash of ${batch.headHash.length} bytes`);
  return {
    kind: "heartbeat",
    counter: uint53(batch.counter),
    senderTime: uint53(batch.senderTime),
    headSequence: uint53(batch.headSequence),
    headSealingEpoch: batch.headSealingEpoch,
    headHash: Uint8Array.from(batch.headHash),
    oldestSequence: uint53(batch.oldestSequence),
    spreadMs: batch.spreadMs,
    secondPassAfterMs: batch.secondPassAfterMs,
    directoryRevision: batch.directoryRevision,
  };
}

function decodeStatus(plain: Uint8Array): StatusBatch {
  within(fieldCount(plain, 5), BATCH_LIMITS.devices, "devices");
  within(fieldCount(plain, 6), BATCH_LIMITS.figures, "figures");
  const batch = parse(wire.StatusBatch.decode, plain);
  return {
    kind: "status",
    stationName: text(batch.stationName),
    softwareVersion: text(batch.softwareVersion),
    mode: nameOf(STATION_MODE_NAMES, batch.mode, "station mode"),
    time: uint53(batch.time),
    devices: batch.devices.map(deviceStatusOf),
    figures: batch.figures.map((figure) => ({ name: text(figure.name ?? ""), value: figure.value ?? 0 })),
  };
}

function deviceStatusOf(properties: nonreturn.wire.DeviceStatus.$Properties): DeviceStatus {
  const device = properties as nonreturn.wire.DeviceStatus;
  return {
    device: text(device.device),
    state: nameOf(DEVICE_STATE_NAMES, device.state, "device state"),
    reason: text(device.reason),
    since: uint53(device.since),
  };
}

/** Run a generated decoder. It throws Error and RangeError on bad bytes: all of them mean the same here. */
function parse<Message>(decode: (reader: protobuf.Reader) => Message, plain: Uint8Array): Message {
  const reader = protobuf.Reader.create(plain);
  reader.discardUnknown = true;
  try {
    return decode(reader);
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : "not a protobuf message", { cause });
  }
}

/** How often a field occurs at the top level: counted before the generated decoder makes an object of each. */
function fieldCount(plain: Uint8Array, field: number): number {
  const reader = new ByteReader(plain);
  let count = 0;
  while (reader.at < reader.end) {
    const key = reader.varint32();
    if (key >>> 3 === field) count++;
    reader.skip(key & 7);
  }
  return count;
}

function within(count: number, most: number, what: string): void {
  if (count > most) throw new WireError("BATCH_LIMIT", `${count} ${what}, at most ${most}`);
}

/** protobufjs yields Long for 64-bit fields (0 where absent); nothing above 2^53 − 1 is valid in any of them. */
function uint53(value: number | { toNumber(): number }): number {
  const number = typeof value === "number" ? value : value.toNumber();
  if (!Number.isSafeInteger(number) || number < 0) throw malformed("integer above 2^53 − 1");
  return number;
}

/** Strings come as valid UTF-8 from the decoder; only their length is left to check. */
function text(value: string): string {
  if (value.length * 3 > BATCH_LIMITS.stringBytes)
    within(Buffer.byteLength(value), BATCH_LIMITS.stringBytes, "string bytes");
  return value;
}

/** protobufjs puts a text together character by character, and V8 keeps every step of that. */
function flat(value: string): string {
  return Buffer.from(value).toString();
}
