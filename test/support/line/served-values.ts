/** What the simulated PLCs really said, and whether the reported samples say the same: a tag read from a wrong register shows here.
 *  truth file of nonreturn-sim → [served values] → mismatches, expected to be none */
import { closeSync, openSync, readSync } from "node:fs";
import { readTruthLine, type ServedValue } from "@nonreturn/hardware-sim";
import { StatusCode, type Value } from "@nonreturn/wire-format";
import type { PlantTag } from "./line-plant.ts";
import type { ReportedSample } from "./reported-samples.ts";
import { valueBits } from "./sample-fact.ts";

interface Served {
  readonly time: number;
  readonly value: string;
}

export interface Mismatch {
  readonly sample: ReportedSample;
  /** The last value served from the tag's register before the sample was taken; undefined if there is none. */
  readonly served: Served | undefined;
}

/** Clocks of two processes differ by this much at most. Hardly ever is a register read twice within it. */
const CLOCKS_MICROS = 5000;
/** What was served so shortly before the newest sample may still be on its way. */
const ON_ITS_WAY_MICROS = 2_000_000;

/** Follows one truth file: every call of `read` adds what was written since. */
export class ServedValues {
  readonly #file: string;
  readonly #byRegister = new Map<string, Served[]>();
  readonly #tags: ReadonlyMap<string, PlantTag>;
  /** Elements of an array that is not whole yet, by key; they are served at the same time, one after the other. */
  readonly #elements = new Map<string, Value[]>();
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(file: string, tags: readonly PlantTag[]) {
    this.#file = file;
    this.#tags = new Map(
      tags.flatMap((tag) => (tag.elements ?? [tag.register]).map((register) => [keyOf({ ...tag, register }), tag])),
    );
  }

  read(): void {
    const file = openSync(this.#file, "r");
    const part = Buffer.alloc(1 << 20);
    try {
      for (;;) {
        const bytes = readSync(file, part, 0, part.length, this.#offset);
        if (bytes === 0) return;
        this.#offset += bytes;
        this.#take(Buffer.concat([this.#rest, part.subarray(0, bytes)]));
      }
    } finally {
      closeSync(file);
    }
  }

  /** Good samples whose value is not what the register showed at their time. */
  mismatches(samples: readonly ReportedSample[], tags: readonly PlantTag[]): Mismatch[] {
    const byPath = new Map(tags.map((tag) => [tag.path, tag]));
    return samples.flatMap((sample) => {
      if (sample.statusCode !== StatusCode.Good) return [];
      const tag = byPath.get(sample.path);
      const all = tag === undefined ? [] : (this.#byRegister.get(keyOf(tag)) ?? []);
      // The last one before, and those so close that the clocks cannot tell whether they came before.
      const from = Math.max(0, firstAfter(all, sample.timestamp - CLOCKS_MICROS) - 1);
      const laterMicros = (tag?.servedWithinMs ?? 0) * 1000;
      const candidates = all.slice(from, firstAfter(all, sample.timestamp + laterMicros + CLOCKS_MICROS));
      const fits = candidates.some(({ value }) => value === sample.value);
      return fits ? [] : [{ sample, served: candidates.at(-1) }];
    });
  }

  /** Changes of a register that no sample reports. Only for a station that was never killed, and tags without deadband. */
  unreported(samples: readonly ReportedSample[], tags: readonly PlantTag[]): { path: string; served: Served }[] {
    const samplesOf = Map.groupBy(samples, ({ path }) => path);
    const newest = samples.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
    return tags.flatMap((tag) => {
      const reported = changesOf(
        (samplesOf.get(tag.path) ?? [])
          .filter(({ statusCode }) => statusCode === StatusCode.Good)
          .map(({ timestamp, value }) => ({ time: timestamp, value })),
      );
      const all = (this.#byRegister.get(keyOf(tag)) ?? []).filter(({ time }) => time < newest - ON_ITS_WAY_MICROS);
      const served = changesOf(
        tag.servedWithinMs === undefined ? all : sinceFirst(all, reported[0], tag.servedWithinMs),
      );
      const first = served.findIndex(({ value }, at) => value !== reported[at]?.value);
      return first < 0 ? [] : [{ path: tag.path, served: served[first]! }];
    });
  }

  #take(bytes: Buffer): void {
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#rest = Buffer.from(bytes.subarray(end));
    for (const line of bytes.subarray(0, end).toString("utf8").split("\n")) {
      if (line === "") continue;
      const served = readTruthLine(line);
      const tag = this.#tags.get(keyOf(served));
      if (tag === undefined) continue; // read along with its neighbours
      const value = this.#whole(served, tag);
      if (value === undefined) continue;
      const all = this.#byRegister.get(keyOf(tag)) ?? [];
      all.push({ time: served.time, value: valueBits(value) });
      this.#byRegister.set(keyOf(tag), all);
    }
  }

  /** Undefined until the last element of an array is there. */
  #whole(served: ServedValue, tag: PlantTag): Value | undefined {
    const value = inEngineeringUnits(served, tag);
    if (tag.elements === undefined) return value;
    const so = served.register === tag.register ? [] : (this.#elements.get(keyOf(tag)) ?? []);
    so.push(value);
    this.#elements.set(keyOf(tag), so);
    return so.length === tag.elements.length ? ([...so] as Value) : undefined;
  }
}

function keyOf({ device, unit, register }: Pick<ServedValue, "device" | "unit" | "register">): string {
  return `${device}\n${unit}\n${register}`;
}

/** Decimals by moving the point, not by arithmetic: an own way to the nearest double. */
function inEngineeringUnits({ value }: ServedValue, { decimals, dataType }: PlantTag): Value {
  if (dataType === "TIMESTAMP") return Number(value);
  return decimals === 0 ? value : Number(`${value}e-${decimals}`);
}

/** What a device publishes while nobody listens yet is nobody's: from the value on that was reported first. */
function sinceFirst(served: readonly Served[], first: Served | undefined, withinMs: number): readonly Served[] {
  if (first === undefined) return served;
  const last = first.time + withinMs * 1000 + CLOCKS_MICROS;
  const at = served.findIndex(
    ({ time, value }) => time > last || (time >= first.time - CLOCKS_MICROS && value === first.value),
  );
  return at < 0 ? [] : served.slice(at);
}

function changesOf(values: readonly Served[]): Served[] {
  return values.filter(({ value }, at) => value !== values[at - 1]?.value);
}

/** By halving. */
function firstAfter(served: readonly Served[], time: number): number {
  let low = 0;
  let high = served.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (served[middle]!.time <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
