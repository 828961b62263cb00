/** One Sparkplug B edge node with its devices: births by name and alias, data by alias alone.
 *  metric sources → [edge node] → broker
 *  Source: Eclipse Sparkplug 3.0.0 §6.4 (payload), §5.5 (sequence numbers). */
import protobuf from "protobufjs/minimal.js";
import type { HeldType, HeldValue } from "../held-value.ts";

export interface MetricSource {
  readonly device: string | undefined;
  readonly name: string;
  readonly type: HeldType;
  value(): HeldValue;
}

export interface NodePublication {
  readonly topic: string;
  readonly payload: Buffer;
}

/** §6.4.16. */
const TYPES: Readonly<Record<HeldType, number>> = {
  INT8: 1,
  INT16: 2,
  INT32: 3,
  INT64: 4,
  UINT8: 5,
  UINT16: 6,
  UINT32: 7,
  UINT64: 8,
  FLOAT32: 9,
  FLOAT64: 10,
  BOOLEAN: 11,
  STRING: 12,
};

export class EdgeNode {
  readonly #group: string;
  readonly #node: string;
  readonly #sources: readonly MetricSource[];
  #seq = 0;
  #births = -1;

  constructor(group: string, node: string, sources: readonly MetricSource[]) {
    this.#group = group;
    this.#node = node;
    this.#sources = sources;
  }

  get name(): string {
    return this.#node;
  }

  get devices(): readonly string[] {
    return [...new Set(this.#sources.flatMap(({ device }) => (device === undefined ? [] : [device])))];
  }

  birth(timeMs: number): NodePublication {
    this.#births = (this.#births + 1) % 256;
    this.#seq = 0;
    return this.#publication("NBIRTH", undefined, timeMs, "names");
  }

  deviceBirth(device: string, timeMs: number): NodePublication {
    this.#seq = (this.#seq + 1) % 256;
    return this.#publication("DBIRTH", device, timeMs, "names");
  }

  data(device: string | undefined, timeMs: number): NodePublication {
    this.#seq = (this.#seq + 1) % 256;
    return this.#publication(device === undefined ? "NDATA" : "DDATA", device, timeMs, "aliases");
  }

  death(timeMs: number): NodePublication {
    const writer = protobuf.Writer.create().uint32(8).uint64(timeMs);
    writeMetric(
      writer,
      { name: "bdSeq", alias: undefined, type: "UINT64", value: BigInt(Math.max(0, this.#births)) },
      timeMs,
    );
    return { topic: this.#topic("NDEATH", undefined), payload: Buffer.from(writer.finish()) };
  }

  deviceDeath(device: string, timeMs: number): NodePublication {
    this.#seq = (this.#seq + 1) % 256;
    const writer = protobuf.Writer.create().uint32(8).uint64(timeMs).uint32(24).uint64(this.#seq);
    return { topic: this.#topic("DDEATH", device), payload: Buffer.from(writer.finish()) };
  }

  #publication(type: string, device: string | undefined, timeMs: number, by: "names" | "aliases"): NodePublication {
    const writer = protobuf.Writer.create().uint32(8).uint64(timeMs);
    if (type === "NBIRTH")
      writeMetric(writer, { name: "bdSeq", alias: undefined, type: "UINT64", value: BigInt(this.#births) }, timeMs);
    this.#sources.forEach((source, alias) => {
      if (source.device !== device) return;
      const value = source.value();
      writeMetric(writer, { name: by === "names" ? source.name : undefined, alias, type: source.type, value }, timeMs);
    });
    writer.uint32(24).uint64(this.#seq);
    return { topic: this.#topic(type, device), payload: Buffer.from(writer.finish()) };
  }

  #topic(type: string, device: string | undefined): string {
    return ["spBv1.0", this.#group, type, this.#node, ...(device === undefined ? [] : [device])].join("/");
  }
}

interface WrittenMetric {
  readonly name: string | undefined;
  readonly alias: number | undefined;
  readonly type: HeldType;
  readonly value: HeldValue;
}

/** Tags are field number · 8 + wire type. */
function writeMetric(writer: protobuf.Writer, { name, alias, type, value }: WrittenMetric, timeMs: number): void {
  writer.uint32(18).fork();
  if (name !== undefined) writer.uint32(10).string(name);
  if (alias !== undefined) writer.uint32(16).uint64(alias);
  writer.uint32(24).uint64(timeMs);
  if (name !== undefined) writer.uint32(32).uint32(TYPES[type]);
  switch (type) {
    case "FLOAT32":
      writer.uint32(101).float(value as number);
      break;
    case "FLOAT64":
      writer.uint32(105).double(value as number);
      break;
    case "BOOLEAN":
      writer.uint32(112).bool(value as boolean);
      break;
    case "STRING":
      writer.uint32(122).string(value as string);
      break;
    case "INT64":
    case "UINT64": {
      const bits = BigInt.asUintN(64, BigInt(value as bigint | number));
      const halves = { low: Number(bits & 0xffff_ffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: true };
      writer.uint32(88).uint64(halves);
      break;
    }
    default:
      writer.uint32(80).uint32((value as number) >>> 0);
  }
  writer.ldelim();
}
