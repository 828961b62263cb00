/** What the simulated devices really said: every value put into a reply, for tests to compare with what arrived at the far end.
 *  image of a device → reply
 *               └→ [truth] → test, file of JSON lines */
import { closeSync, openSync, writeSync } from "node:fs";
import type { HeldValue, ServedPart } from "./held-value.ts";

export interface ServedValue extends ServedPart {
  readonly device: string;
  /** Of a Modbus device. */
  readonly unit?: number;
  /** Wall clock when the reply was made, UtcMicros. */
  readonly time: number;
}

export interface TruthSettings {
  /** Values kept in memory for {@link Truth.records}; the oldest go first. */
  readonly keep: number;
  /** File of JSON lines, made anew. */
  readonly file?: string | undefined;
  /** The file grows no further than this; what it leaves out is counted. */
  readonly fileBytes: number;
}

/** A value counts as served when its reply was made. A fault of the connection may still keep the reply from the reader. */
export class Truth {
  readonly #keep: number;
  readonly #fileBytes: number;
  readonly #file: number | undefined;
  #ring: ServedValue[] = [];
  #oldest = 0;
  #served = 0;
  #written = 0;
  #notWritten = 0;
  #pending: string[] = [];
  #pendingBytes = 0;

  constructor({ keep, file, fileBytes }: TruthSettings) {
    this.#keep = keep;
    this.#fileBytes = fileBytes;
    this.#file = file === undefined ? undefined : openSync(file, "w", 0o644);
  }

  /** Whether anybody looks: without it the devices need not describe what they serve. */
  get wanted(): boolean {
    return this.#keep > 0 || this.#file !== undefined;
  }

  /** Values served since the start, kept or not. */
  get served(): number {
    return this.#served;
  }

  /** Left out of the file because it had reached its limit. */
  get notWritten(): number {
    return this.#notWritten;
  }

  record(value: ServedValue): void {
    if (this.#keep > 0) {
      if (this.#ring.length < this.#keep) this.#ring.push(value);
      else {
        this.#ring[this.#oldest] = value;
        this.#oldest = (this.#oldest + 1) % this.#keep;
      }
    }
    if (this.#file === undefined) return;
    const line = writeTruthLine(value);
    const bytes = Buffer.byteLength(line);
    if (this.#written + this.#pendingBytes + bytes > this.#fileBytes) {
      this.#notWritten++;
      return;
    }
    this.#pending.push(line);
    this.#pendingBytes += bytes;
    if (this.#pendingBytes > 1 << 18) this.flush();
  }

  /** Counts what was served, whether or not it is then recorded. */
  count(values: number): void {
    this.#served += values;
  }

  /** The kept values, oldest first. */
  records(): ServedValue[] {
    return [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
  }

  forget(): void {
    this.#ring = [];
    this.#oldest = 0;
  }

  /** Write what waits to the file. Called by the plant every second and at its end. */
  flush(): void {
    if (this.#file === undefined || this.#pending.length === 0) return;
    writeSync(this.#file, this.#pending.join(""));
    this.#written += this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  close(): void {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

/** One line. What JSON cannot hold is text: 64-bit integers as decimal, NaN, Infinity, -Infinity; `type` says how to read it back. −0 is -0. */
export function writeTruthLine(served: ServedValue): string {
  const { value, ...rest } = served;
  const head = JSON.stringify(rest).slice(0, -1);
  return `${head},"value":${writeValue(value)}}\n`;
}

/** The inverse of {@link writeTruthLine}; trusts its input, which is our own file. */
export function readTruthLine(line: string): ServedValue {
  const parsed = JSON.parse(line) as ServedValue;
  const { type, value } = parsed;
  if (type === "INT64" || type === "UINT64") return { ...parsed, value: BigInt(String(value)) };
  return type.startsWith("FLOAT") ? { ...parsed, value: Number(value) } : parsed;
}

function writeValue(value: HeldValue): string {
  if (typeof value === "bigint") return `"${value}"`;
  if (typeof value !== "number") return JSON.stringify(value);
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
