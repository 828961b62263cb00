/** One sample as the check compares it, whoever says it: the OT journal, an MQTT subscriber, SQL, the simulator.
 *  journal, broker, historian → [sample fact] → compare samples */
import type { DataType, Scalar, Value } from "@nonreturn/wire-format";

/** What must be the same everywhere, bit by bit. */
export interface SampleFact {
  readonly path: string;
  /** Source timestamp, microseconds since 1970 UTC. */
  readonly timestamp: number;
  /** See {@link valueBits}. */
  readonly value: string;
  readonly statusCode: number;
  readonly unit: string;
}

/** Which sample of which tag it claims to be. */
export function identityOf({ path, timestamp }: SampleFact): string {
  return `${path}\n${timestamp}`;
}

/** Kind and exact bits as text: "number 3ff0000000000000", "bigint 12", 'string "…"' in code units, "boolean true", "none". */
export function valueBits(value: Value | null): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return `array ${(value as readonly Scalar[]).map(valueBits).join(" ")}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (typeof value === "string") return `string ${JSON.stringify(value)}`;
  return typeof value === "number" ? `number ${bitsOf(value)}` : `${typeof value} ${String(value)}`;
}

/** A value from text or JSON, where 64-bit integers and what JSON has no number for are strings. */
export function valueOfJson(json: unknown, dataType: DataType, decimals: number): Value | null {
  if (json === null) return null;
  if (Array.isArray(json)) return json.map((element) => valueOfJson(element, dataType, decimals)) as Value;
  if (dataType === "STRING" || dataType === "BOOLEAN") return json as Value;
  if ((dataType === "INT64" || dataType === "UINT64") && decimals === 0) return BigInt(json as string);
  return typeof json === "string" ? Number(json) : (json as number);
}

/** IEEE 754 double, big-endian hex. Every NaN is the quiet one: no other crosses the link. */
function bitsOf(number: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number.isNaN(number) ? Number.NaN : number);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}
