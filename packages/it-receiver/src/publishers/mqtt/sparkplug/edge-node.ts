/** What the edge node has told the hosts: which metrics were born under which alias and type, and what they last showed.
 *  tags, samples → [edge node] → births, data, deaths as payloads
 *  Source: Eclipse Sparkplug 3.0.0 §5 (operational behaviour), §6.4. */
import { StatusCode, type TagDefinition, type UtcMicros, type Value, valueAt } from "@nonreturn/wire-format";
import { percentEscape } from "../../percent-escape.ts";
import type { StoredEntry } from "../../publisher.ts";
import { bytesOf } from "./large-rows.ts";
import { metricOf, typeFor, typeOfTag } from "./map-sample.ts";
import { encodePayload, type Metric, type SparkplugType, SparkplugType as Type } from "./payload.ts";

/** A topic below `spBv1.0/GROUP/`. */
export interface SparkplugMessage {
  readonly kind: "NBIRTH" | "NDEATH" | "DBIRTH" | "DDEATH" | "DDATA";
  readonly device?: string;
  readonly payload: Uint8Array;
}

/** Metrics of one payload, at most: a broker takes 256 MB, hosts want less. */
const METRICS_PER_PAYLOAD = 5000;
export const REBIRTH = "Node Control/Rebirth";
/** A device id must not have what a topic level must not have (§4.2.1). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a topic
const UNSAFE = /[%+#/\u0000-\u001f\u007f-\u009f]|\p{Noncharacter_Code_Point}|\p{Surrogate}/gu;
const NAMELESS_DEVICE = "%";

interface Born {
  readonly tag: TagDefinition;
  readonly alias: number;
  type: SparkplugType;
  last: Metric | undefined;
  /** The newest live sample says that nobody at the device answered. */
  unanswered: boolean;
}

interface Device {
  readonly id: string;
  /** By path. */
  readonly metrics: Map<string, Born>;
  /** dead: with the link. lost: the OT station reaches it no more. */
  state: "unborn" | "alive" | "dead" | "lost";
}

export class EdgeNode {
  readonly #devices = new Map<string, Device>();
  readonly #aliases = new Map<string, number>();
  #bdSeq: number;
  #seq = 0;

  /** @param lastBdSeq  of the last session before, 0 … 255; undefined if there was none. */
  constructor(lastBdSeq: number | undefined) {
    this.#bdSeq = lastBdSeq ?? 255;
  }

  /** Of the present session. */
  get bdSeq(): number {
    return this.#bdSeq;
  }

  /**
   * A new connection: nothing is born; a lost device stays lost. @returns the last will.
   * "The bdSeq number MUST start at zero and increment by one on every new MQTT CONNECT packet." (Sparkplug 3.0 §4.2.1.1)
   */
  newSession(nowMs: number): SparkplugMessage {
    this.#bdSeq = (this.#bdSeq + 1) % 256;
    for (const device of this.#devices.values()) if (device.state !== "lost") device.state = "unborn";
    return { kind: "NDEATH", payload: encodePayload({ timestampMs: nowMs, metrics: [this.#bdSeqMetric(nowMs)] }) };
  }

  death(nowMs: number): SparkplugMessage {
    return { kind: "NDEATH", payload: encodePayload({ timestampMs: nowMs, metrics: [this.#bdSeqMetric(nowMs)] }) };
  }

  /** The node's birth begins the sequence; every device that is neither dead nor lost is born anew behind it. */
  *birth(nowMs: number): Generator<SparkplugMessage, void, void> {
    this.#seq = 0;
    const rebirth: Metric = { name: REBIRTH, timestampMs: nowMs, type: Type.Boolean, value: false };
    const metrics = [this.#bdSeqMetric(nowMs), rebirth];
    yield { kind: "NBIRTH", payload: encodePayload({ timestampMs: nowMs, metrics, seq: this.#nextSeq() }) };
    for (const device of this.#devices.values()) {
      if (device.state === "alive") device.state = "unborn";
      if (device.state === "unborn") yield this.#deviceBirth(device, nowMs);
    }
  }

  /** The whole namespace. Devices whose metrics changed are born anew, those without any die. */
  *setTags(tags: readonly TagDefinition[], nowMs: number): Generator<SparkplugMessage, void, void> {
    const byDevice = Map.groupBy(tags, (tag) => deviceId(tag.device));
    for (const [id, device] of this.#devices) {
      if (byDevice.has(id)) continue;
      if (device.state === "alive") yield this.#deviceDeath(device, "dead", nowMs);
      this.#devices.delete(id);
    }
    for (const [id, ofDevice] of byDevice) {
      const device = this.#device(id);
      const paths = new Set(ofDevice.map(({ path }) => path));
      let changed = false;
      for (const path of device.metrics.keys()) if (!paths.has(path)) changed = device.metrics.delete(path) || changed;
      for (const tag of ofDevice) changed = this.#learn(device, tag) || changed;
      if (device.state === "unborn" || (changed && device.state === "alive")) yield this.#deviceBirth(device, nowMs);
    }
  }

  /**
   * The entries' samples as data, in order. A device is born first where it is not, or where one of its metrics needs another type.
   * Of a device that died with the link nothing but a sample that came later revives it. A device of which every metric is unanswered dies
   * behind the entries that say so, and lives again with the first other sample; for late ones it is born, bad, and dies again.
   *
   * What went out of a tag that is retired by then brought it back into a birth; that it is stale is the last that comes of it, and takes it out again.
   *
   * @param mostBytes  of a payload of data; no sample alone is larger.
   */
  *data(
    entries: readonly StoredEntry[],
    nowMs: number,
    mostBytes = Number.POSITIVE_INFINITY,
  ): Generator<SparkplugMessage, void, void> {
    const shown = new Set<Device>();
    for (const entry of entries) {
      const waiting = new Map<Device, Metric[]>();
      const sizes = new Map<Device, number>();
      const bereaved = new Set<Device>();
      const { samples } = entry;
      for (let row = 0; row < samples.count; row++) {
        const tag = entry.tagOf(samples.tagIds[row]!)!;
        if (entry.origin === "stale" && tag.retired) {
          const known = this.#devices.get(deviceId(tag.device));
          if (known?.metrics.get(tag.path)?.tag.retired) {
            known.metrics.delete(tag.path);
            bereaved.add(known);
          }
          continue;
        }
        const device = this.#device(deviceId(tag.device));
        const value = valueAt(samples, row);
        const statusCode = samples.statusCodes[row]!;
        if (this.#mustBear(device, tag, value, statusCode, entry)) {
          yield* this.#flush(device, waiting, nowMs);
          yield this.#deviceBirth(device, nowMs);
        }
        if (device.state !== "alive") continue; // stale or unanswered, of a dead device: its death has said it
        const metric = this.#show(device, tag, value, statusCode, samples.timestamps[row]!, entry);
        const size = bytesOf(value);
        const before = sizes.get(device) ?? 0;
        if (before + size > mostBytes) yield* this.#flush(device, waiting, nowMs);
        const metrics = waiting.get(device) ?? [];
        waiting.set(device, metrics);
        metrics.push(metric);
        sizes.set(device, metrics.length === 1 ? size : before + size);
        if (metrics.length >= METRICS_PER_PAYLOAD) yield* this.#flush(device, waiting, nowMs);
      }
      for (const device of [...waiting.keys()]) {
        yield* this.#flush(device, waiting, nowMs);
        shown.add(device);
      }
      for (const device of bereaved) yield* this.#bornWithout(device, nowMs);
    }
    for (const device of shown) if (isUnanswered(device)) yield this.#deviceDeath(device, "lost", nowMs);
  }

  /** The link is silent: what no device can vouch for is dead (§5.11: the edge node's connection to them is lost). */
  *linkSilent(nowMs: number): Generator<SparkplugMessage, void, void> {
    for (const device of this.#devices.values())
      if (device.state === "alive") yield this.#deviceDeath(device, "dead", nowMs);
  }

  *linkUp(nowMs: number): Generator<SparkplugMessage, void, void> {
    for (const device of this.#devices.values()) if (device.state === "dead") yield this.#deviceBirth(device, nowMs);
  }

  #mustBear(
    device: Device,
    tag: TagDefinition,
    value: Value | null,
    statusCode: number,
    { origin, lane }: StoredEntry,
  ): boolean {
    const learnt = this.#learn(device, tag);
    const born = device.metrics.get(tag.path)!;
    const type = typeFor(value, born.type);
    const widened = value !== null && type !== born.type;
    if (widened) born.type = type;
    if (origin === "stale") return device.state === "unborn" || (device.state === "alive" && (learnt || widened));
    if (lane === "live") born.unanswered = statusCode === StatusCode.BadNoCommunication;
    if (device.state === "lost" && lane === "live" && born.unanswered) return false;
    return device.state !== "alive" || learnt || widened;
  }

  #show(
    device: Device,
    tag: TagDefinition,
    value: Value | null,
    statusCode: number,
    at: UtcMicros,
    { origin, lane }: StoredEntry,
  ): Metric {
    const born = device.metrics.get(tag.path)!;
    const role = origin === "stale" ? "stale" : lane === "late" ? "historical" : "live";
    const metric = metricOf(value, statusCode, at, born.type, role);
    if (role !== "historical") born.last = metric;
    return { ...metric, alias: born.alias };
  }

  /** @returns whether the device's birth no longer tells the truth. */
  #learn(device: Device, tag: TagDefinition): boolean {
    const held = device.metrics.get(tag.path);
    if (held?.tag === tag) return false;
    const same = held !== undefined && held.tag.unit === tag.unit && held.tag.dataType === tag.dataType;
    const type = same ? held.type : typeOfTag(tag);
    device.metrics.set(tag.path, {
      tag,
      alias: this.#alias(tag.path),
      type,
      last: same ? held.last : undefined,
      unanswered: false,
    });
    return !same;
  }

  #deviceBirth(device: Device, nowMs: number): SparkplugMessage {
    device.state = "alive";
    const metrics = [...device.metrics].map(([path, { tag, alias, type, last }]): Metric => {
      const shown = last ?? { timestampMs: nowMs, type, value: null };
      const properties = [...(shown.properties ?? []), ...(tag.unit === "" ? [] : [["engUnit", tag.unit] as const])];
      return { ...shown, type, name: path, alias, historical: false, properties };
    });
    const payload = encodePayload({ timestampMs: nowMs, metrics, seq: this.#nextSeq() });
    return { kind: "DBIRTH", device: device.id, payload };
  }

  *#bornWithout(device: Device, nowMs: number): Generator<SparkplugMessage, void, void> {
    if (device.metrics.size === 0) this.#devices.delete(device.id);
    if (device.state !== "alive") return;
    yield device.metrics.size === 0 ? this.#deviceDeath(device, "dead", nowMs) : this.#deviceBirth(device, nowMs);
  }

  #deviceDeath(device: Device, state: "dead" | "lost", nowMs: number): SparkplugMessage {
    device.state = state;
    const payload = encodePayload({ timestampMs: nowMs, metrics: [], seq: this.#nextSeq() });
    return { kind: "DDEATH", device: device.id, payload };
  }

  *#flush(device: Device, waiting: Map<Device, Metric[]>, nowMs: number): Generator<SparkplugMessage, void, void> {
    const metrics = waiting.get(device);
    waiting.delete(device);
    if (metrics === undefined || metrics.length === 0) return;
    const payload = encodePayload({ timestampMs: nowMs, metrics, seq: this.#nextSeq() });
    yield { kind: "DDATA", device: device.id, payload };
  }

  #device(id: string): Device {
    let device = this.#devices.get(id);
    if (device === undefined) {
      device = { id, metrics: new Map(), state: "unborn" };
      this.#devices.set(id, device);
    }
    return device;
  }

  #alias(path: string): number {
    const held = this.#aliases.get(path) ?? this.#aliases.size + 1;
    this.#aliases.set(path, held);
    return held;
  }

  #bdSeqMetric(nowMs: number): Metric {
    return { name: "bdSeq", timestampMs: nowMs, type: Type.Int64, value: BigInt(this.#bdSeq) };
  }

  /** §6.4.3: 0 … 255, then 0 again, over all messages of the node. */
  #nextSeq(): number {
    const seq = this.#seq;
    this.#seq = (seq + 1) % 256;
    return seq;
  }
}

function isUnanswered({ state, metrics }: Device): boolean {
  if (state !== "alive") return false;
  for (const { unanswered } of metrics.values()) if (!unanswered) return false;
  return true;
}

function deviceId(device: string): string {
  if (device === "") return NAMELESS_DEVICE;
  const escaped = percentEscape(device, UNSAFE);
  return escaped.startsWith("$") ? `%24${escaped.slice(1)}` : escaped;
}
