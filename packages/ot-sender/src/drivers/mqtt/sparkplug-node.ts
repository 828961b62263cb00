/** What is known of one Sparkplug edge node: who was born, what aliases mean, which message was missed.
 *  MQTT message → Sparkplug payload → [Sparkplug node] → samples
 *
 *  The station never asks for a rebirth: that is a command (NCMD), and commands are writes. Until the node is born again by itself, or
 *  because its own host asks, data by alias cannot be read.
 *  Source: Eclipse Sparkplug 3.0.0 §4 (topics), §6.4.7 … 6.4.24 (births, data, deaths), §5.5 (sequence numbers). */
import { qualityOf, type Sample, StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import type { ToUtc } from "../local-time.ts";
import { badOf, type Converted, convertMetric } from "./convert.ts";
import { metricKey, type PlannedNode, type PlannedTag } from "./plan.ts";
import { decodePayload, type Metric, type Payload } from "./sparkplug-payload.ts";

export type NodeMessage = "NBIRTH" | "NDATA" | "NDEATH" | "DBIRTH" | "DDATA" | "DDEATH";

/** What happened beside values. */
export type NodeNote = "missed" | "damaged" | "unborn";

export interface NodeSurroundings {
  readonly tags: readonly PlannedTag[];
  readonly toUtc: ToUtc;
  note(note: NodeNote): void;
}

interface Known {
  readonly key: string;
  readonly type: number | undefined;
}

const EARLIEST_MS = 1;
const LATEST_MS = 8_640_000_000_000; // year 2243

export class SparkplugNode {
  readonly #planned: PlannedNode;
  readonly #around: NodeSurroundings;
  /** Of births; node and devices share one space of aliases (§6.4.9). */
  readonly #byAlias = new Map<bigint, Known>();
  /** Types of births, by metric key. */
  readonly #types = new Map<string, number | undefined>();
  #seq: number | undefined;
  #birth: bigint | undefined;
  /** By row. */
  readonly #last = new Map<number, Sample>();

  constructor(planned: PlannedNode, surroundings: NodeSurroundings) {
    this.#planned = planned;
    this.#around = surroundings;
  }

  /** The connection was made anew: what was sent meanwhile is unknown, aliases may mean something else by now. */
  forget(): void {
    this.#byAlias.clear();
    this.#types.clear();
    this.#last.clear();
    this.#seq = undefined;
    this.#birth = undefined;
  }

  take(message: NodeMessage, device: string, bytes: Uint8Array, now: UtcMicros, isDuplicate: boolean): Converted[] {
    const payload = decodePayload(bytes);
    if (payload === undefined) {
      this.#around.note("damaged");
      return [];
    }
    switch (message) {
      case "NDEATH":
        return this.#nodeDeath(payload, now);
      case "NBIRTH":
        return this.#nodeBirth(payload, now);
      default: {
        if (isDuplicate && payload.seq === this.#seq) return [];
        const missed = this.#sequence(payload, now);
        if (message === "DBIRTH") return [...missed, ...this.#births(device, payload, now)];
        if (message === "DDEATH") return [...missed, ...this.#deviceDeath(device, timeOf(payload, now))];
        return [...missed, ...this.#data(device, payload, now)];
      }
    }
  }

  #nodeBirth(payload: Payload, now: UtcMicros): Converted[] {
    this.#byAlias.clear();
    this.#types.clear();
    this.#seq = payload.seq;
    this.#birth = birthNumber(payload);
    // §6.4.18: with the node its devices begin anew, each by a birth of its own.
    const devices = this.#bad(
      (key) => !key.startsWith("\0"),
      StatusCode.BadWaitingForInitialData,
      "the node was born, the device not yet",
      timeOf(payload, now),
    );
    return [...devices, ...this.#births("", payload, now)];
  }

  #births(device: string, payload: Payload, now: UtcMicros): Converted[] {
    for (const { name, alias, type } of payload.metrics) {
      if (name === undefined) continue;
      const key = metricKey(device, name);
      this.#types.set(key, type);
      if (alias !== undefined) this.#byAlias.set(alias, { key, type });
    }
    const missing = this.#bad(
      (key) => key.startsWith(`${device}\0`) && !this.#types.has(key),
      StatusCode.BadNodeIdUnknown,
      "the birth has no such metric",
      timeOf(payload, now),
    );
    return [...missing, ...this.#data(device, payload, now)];
  }

  #nodeDeath(payload: Payload, now: UtcMicros): Converted[] {
    const number = birthNumber(payload);
    // §6.4.24: a death of an earlier birth comes late.
    if (number !== undefined && this.#birth !== undefined && number !== this.#birth) return [];
    this.forget();
    return this.#bad(() => true, StatusCode.BadNoCommunication, "the edge node is dead (NDEATH)", now);
  }

  #deviceDeath(device: string, time: UtcMicros): Converted[] {
    return this.#bad(
      (key) => key.startsWith(`${device}\0`),
      StatusCode.BadNoCommunication,
      "the device is dead (DDEATH)",
      time,
    );
  }

  #data(device: string, payload: Payload, now: UtcMicros): Converted[] {
    const converted: Converted[] = [];
    let isUnborn = false;
    for (const metric of payload.metrics) {
      const known = this.#known(device, metric);
      if (known === undefined) {
        isUnborn = true;
        continue;
      }
      const rows = this.#planned.rows.get(known.key);
      if (rows === undefined) continue;
      const typed = { ...metric, type: metric.type ?? known.type };
      const time = microsOf(metric.timestampMs) ?? timeOf(payload, now);
      for (const row of rows) {
        const one = convertMetric(this.#around.tags[row]!, typed, this.#around.toUtc, time);
        this.#last.set(row, one.sample);
        converted.push(one);
      }
    }
    if (isUnborn) this.#around.note("unborn");
    return converted;
  }

  #known(device: string, { name, alias }: Metric): Known | undefined {
    if (name !== undefined && name !== "") {
      const key = metricKey(device, name);
      return { key, type: this.#types.get(key) };
    }
    return alias === undefined ? undefined : this.#byAlias.get(alias);
  }

  /** §5.5: 0 … 255 and again from 0, over node and devices together. What was missed may have changed any value. */
  #sequence(payload: Payload, now: UtcMicros): Converted[] {
    const { seq } = payload;
    if (seq === undefined) return [];
    const expected = this.#seq === undefined ? seq : (this.#seq + 1) % 256;
    this.#seq = seq;
    if (seq === expected) return [];
    this.#around.note("missed");
    return [...this.#last].flatMap(([row, sample]) => {
      if (qualityOf(sample.statusCode) === "bad") return [];
      const statusCode = StatusCode.UncertainLastUsableValue;
      const doubted = { ...sample, statusCode, sourceTimestamp: timeOf(payload, now) };
      this.#last.set(row, doubted);
      return [{ sample: doubted, reason: "a message of the edge node was missed", raw: "" }];
    });
  }

  #bad(which: (key: string) => boolean, statusCode: number, reason: string, time: UtcMicros): Converted[] {
    return [...this.#planned.rows].flatMap(([key, rows]) =>
      which(key)
        ? rows.map((row) => {
            const one = badOf(this.#around.tags[row]!.tag.tagId, statusCode, reason, time);
            this.#last.set(row, one.sample);
            return one;
          })
        : [],
    );
  }
}

/** §6.4.19: the metric bdSeq pairs births with deaths. */
function birthNumber({ metrics }: Payload): bigint | undefined {
  const value = metrics.find(({ name }) => name === "bdSeq")?.value;
  return value?.field === "integer" ? value.bits : undefined;
}

/** By the node's clock, as its values are: what a message makes Bad must not seem younger than the values that follow it. A will (NDEATH) is
 *  written long before it is sent: its time says nothing. */
function timeOf({ timestampMs }: Payload, now: UtcMicros): UtcMicros {
  return microsOf(timestampMs) ?? now;
}

function microsOf(ms: number | undefined): UtcMicros | undefined {
  return ms !== undefined && ms >= EARLIEST_MS && ms < LATEST_MS ? ms * 1000 : undefined;
}
