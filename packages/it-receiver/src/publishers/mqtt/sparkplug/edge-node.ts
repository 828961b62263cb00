/** What the edge node has told the hosts: which metrics were born under which alias and type, and what they last showed.
 *  tags, samples → [edge node] → births, data, deaths as payloads
 *  Source: Eclipse Sparkplug 3.0.0 §5 (operational behaviour), §6.4. */
import { type TagDefinition, valueAt } from "@nonreturn/wire-format";
import type { RowRange, StoredEntry } from "../../publisher.ts";
import {
  birthMetrics,
  type Device,
  deviceId,
  forgetLongValues,
  isUnanswered,
  learn,
  longValues,
  mustBear,
  newDevice,
  show,
} from "./device.ts";
import { bytesOf } from "./map-sample.ts";
import { encodePayload, type Metric, SparkplugType as Type } from "./payload.ts";
import { RefusedRows } from "./refused-rows.ts";

/** A topic below `spBv1.0/GROUP/`. */
export interface SparkplugMessage {
  readonly kind: "NBIRTH" | "NDEATH" | "DBIRTH" | "DDEATH" | "DDATA";
  readonly device?: string;
  readonly payload: Uint8Array;
  /** Of data, and of what is sent because of it: the rows of the entry, counted through the call. */
  readonly rows?: RowRange;
}

/** Why a device cannot be born, in words; undefined if it can be, as far as is known. */
export type BirthRefusal = (device: string, payloadBytes: number) => string | undefined;

/** Metrics of one payload, at most: a broker takes 256 MB, hosts want less. */
const METRICS_PER_PAYLOAD = 5000;
/** Of a path in a reason. */
const MOST_WORDS = 200;
export const REBIRTH = "Node Control/Rebirth";

export class EdgeNode {
  readonly #devices = new Map<string, Device>();
  readonly #aliases = new Map<string, number>();
  readonly #birthRefusal: BirthRefusal;
  #bdSeq: number;
  #seq = 0;

  /** @param lastBdSeq  of the last session before, 0 … 255; undefined if there was none. */
  constructor(lastBdSeq: number | undefined, birthRefusal: BirthRefusal = () => undefined) {
    this.#bdSeq = lastBdSeq ?? 255;
    this.#birthRefusal = birthRefusal;
  }

  readonly #aliasOf = (path: string): number => {
    const held = this.#aliases.get(path) ?? this.#aliases.size + 1;
    this.#aliases.set(path, held);
    return held;
  };

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
    for (const device of this.#devices.values()) {
      forgetLongValues(device);
      if (device.state !== "lost") device.state = "unborn";
    }
    return this.death(nowMs);
  }

  death(nowMs: number): SparkplugMessage {
    return { kind: "NDEATH", payload: encodePayload({ timestampMs: nowMs, metrics: [this.#bdSeqMetric(nowMs)] }) };
  }

  /** The node's birth begins the sequence; every device that is neither dead, lost nor refused is born anew behind it. */
  *birth(nowMs: number): Generator<SparkplugMessage, void, void> {
    this.#seq = 0;
    const rebirth: Metric = { name: REBIRTH, timestampMs: nowMs, type: Type.Boolean, value: false };
    const metrics = [this.#bdSeqMetric(nowMs), rebirth];
    yield { kind: "NBIRTH", payload: encodePayload({ timestampMs: nowMs, metrics, seq: this.#nextSeq() }) };
    for (const device of this.#devices.values()) {
      if (device.state === "alive") device.state = "unborn";
      if (device.state === "unborn") yield* this.#deviceBirth(device, nowMs);
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
      for (const tag of ofDevice) changed = learn(device, tag, this.#aliasOf) || changed;
      const isBorn = device.state === "alive" || device.state === "refused";
      if (device.state === "unborn" || (changed && isBorn)) yield* this.#deviceBirth(device, nowMs);
    }
  }

  /**
   * The entries' samples as data, in order. A device is born first where it is not, or where one of its metrics needs another type.
   * Of a device that died with the link nothing but a sample that came later revives it. A device of which every metric is unanswered dies
   * behind the entries that say so, and lives again with the first other sample; for late ones it is born, bad, and dies again.
   *
   * What went out of a tag that is retired by then brought it back into a birth; that it is stale is the last that comes of it, and takes it out again.
   *
   * @param mostBytes  of a payload of data.
   * @param refused  takes the rows that are not sent: larger than a payload, or of a device that cannot be born.
   */
  *data(
    entries: readonly StoredEntry[],
    nowMs: number,
    mostBytes = Number.POSITIVE_INFINITY,
    refused = new RefusedRows(),
  ): Generator<SparkplugMessage, void, void> {
    let end = 0;
    const shown = new Set<Device>();
    for (const entry of entries) {
      const first = end;
      end += entry.samples.count;
      for (const message of this.#entryData(entry, first, nowMs, mostBytes, refused, shown))
        yield { ...message, rows: { first, end } };
    }
    for (const device of shown) if (isUnanswered(device)) yield this.#deviceDeath(device, "lost", nowMs);
  }

  /** @param first  of the entry's rows, counted through the call. @param shown  takes the devices that data was sent of. */
  *#entryData(
    entry: StoredEntry,
    first: number,
    nowMs: number,
    mostBytes: number,
    refused: RefusedRows,
    shown: Set<Device>,
  ): Generator<SparkplugMessage, void, void> {
    const waiting = new Map<Device, Metric[]>();
    const sizes = new Map<Device, number>();
    const bereaved = new Set<Device>();
    const { samples } = entry;
    for (let row = 0; row < samples.count; row++) {
      const tag = entry.tagOf(samples.tagIds[row]!);
      if (tag === undefined) {
        refused.add(first + row, `tag ${samples.tagIds[row]} has no definition`);
        continue;
      }
      if (entry.origin === "stale" && tag.retired) {
        const known = this.#devices.get(deviceId(tag.device));
        if (known?.metrics.get(tag.path)?.tag.retired) {
          known.metrics.delete(tag.path);
          bereaved.add(known);
        }
        continue;
      }
      const value = valueAt(samples, row);
      const size = bytesOf(value);
      if (size > mostBytes) {
        const path = tag.path.slice(0, MOST_WORDS);
        refused.add(first + row, `a value of ${path} needs ${size} bytes, the broker allows ${mostBytes}`);
        continue;
      }
      const device = this.#device(deviceId(tag.device));
      const statusCode = samples.statusCodes[row]!;
      if (mustBear(device, tag, this.#aliasOf, value, statusCode, entry, nowMs)) {
        yield* this.#flush(device, waiting, nowMs);
        yield* this.#deviceBirth(device, nowMs);
      }
      const isRefused = device.state === "refused";
      // What of another state is left is stale or unanswered, of a dead device: its death has said it.
      if (device.state !== "alive" && !isRefused) continue;
      const metric = show(device, tag, value, statusCode, samples.timestamps[row]!, entry);
      if (isRefused) {
        if (entry.origin === "journal") refused.add(first + row, device.why, "joined");
        continue;
      }
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

  /** The link is silent: what no device can vouch for is dead (§5.11: the edge node's connection to them is lost). */
  *linkSilent(nowMs: number): Generator<SparkplugMessage, void, void> {
    for (const device of this.#devices.values())
      if (device.state === "alive") yield this.#deviceDeath(device, "dead", nowMs);
  }

  *linkUp(nowMs: number): Generator<SparkplugMessage, void, void> {
    for (const device of this.#devices.values()) if (device.state === "dead") yield* this.#deviceBirth(device, nowMs);
  }

  /** A refused one is not sent and takes no sequence number; who knew the device is told that it is dead. */
  *#deviceBirth(device: Device, nowMs: number): Generator<SparkplugMessage, void, void> {
    const payload = encodePayload({ timestampMs: nowMs, metrics: birthMetrics(device, nowMs), seq: this.#seq });
    const why = this.#birthRefusal(device.id, payload.length);
    if (why === undefined) {
      device.state = "alive";
      this.#nextSeq();
      yield { kind: "DBIRTH", device: device.id, payload };
      for (const metric of longValues(device)) yield this.#deviceData(device, [metric], nowMs);
      return;
    }
    if (device.state === "alive") yield this.#deviceDeath(device, "refused", nowMs);
    device.state = "refused";
    device.why = why;
    device.refusedMs = nowMs;
  }

  *#bornWithout(device: Device, nowMs: number): Generator<SparkplugMessage, void, void> {
    if (device.metrics.size === 0) this.#devices.delete(device.id);
    if (device.state !== "alive") return;
    if (device.metrics.size === 0) yield this.#deviceDeath(device, "dead", nowMs);
    else yield* this.#deviceBirth(device, nowMs);
  }

  #deviceDeath(device: Device, state: "dead" | "lost" | "refused", nowMs: number): SparkplugMessage {
    device.state = state;
    const payload = encodePayload({ timestampMs: nowMs, metrics: [], seq: this.#nextSeq() });
    return { kind: "DDEATH", device: device.id, payload };
  }

  *#flush(device: Device, waiting: Map<Device, Metric[]>, nowMs: number): Generator<SparkplugMessage, void, void> {
    const metrics = waiting.get(device);
    waiting.delete(device);
    if (metrics !== undefined && metrics.length > 0) yield this.#deviceData(device, metrics, nowMs);
  }

  #deviceData(device: Device, metrics: readonly Metric[], nowMs: number): SparkplugMessage {
    const payload = encodePayload({ timestampMs: nowMs, metrics, seq: this.#nextSeq() });
    return { kind: "DDATA", device: device.id, payload };
  }

  #device(id: string): Device {
    let device = this.#devices.get(id);
    if (device === undefined) {
      device = newDevice(id);
      this.#devices.set(id, device);
    }
    return device;
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
