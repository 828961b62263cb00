/** From what a scenario says to a signal that runs.
 *  signal section → [build signal] → image of a device */
import { resolve } from "node:path";
import { StationError } from "@nonreturn/station";
import { hash32, uniformAt } from "../../random/seeded-random.ts";
import type { SignalSettings } from "../../scenario/signal-section.ts";
import type { HeldType } from "../held-value.ts";
import { constantSignal, rampSignal, randomWalkSignal, setpointSignal, sineSignal } from "./analogue-signals.ts";
import { counterSignal, squareSignal, textSignal } from "./discrete-signals.ts";
import { recordedSignal } from "./recorded-signal.ts";
import { type Recording, readRecording } from "./recording.ts";
import type { Signal, SignalValue } from "./signal.ts";

/** Recordings already read, so that a file shown by many registers is read once. */
export class RecordingShelf {
  readonly #folder: string;
  readonly #byPath = new Map<string, Recording>();

  /** @param folder where relative file names start. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws {StationError} CONFIG_RECORDING */
  take(file: string, column: string): { recording: Recording; column: Float64Array } {
    const path = resolve(this.#folder, file);
    const recording = this.#byPath.get(path) ?? readRecording(path);
    this.#byPath.set(path, recording);
    const values = recording.columns.get(column);
    if (values !== undefined) return { recording, column: values };
    throw new StationError({
      code: "CONFIG_RECORDING",
      what: `the recording has no column "${column}"`,
      where: path,
      action: `Write one of ${[...recording.columns.keys()].join(", ")}.`,
    });
  }
}

/**
 * @param name   of the register or signal; together with the seed it decides the randomness.
 * @param copy   0 for the first; the further ones of `count` begin elsewhere in their wave or recording, or all would move as one.
 */
export function buildSignal(
  settings: SignalSettings,
  type: HeldType,
  seed: number,
  name: string,
  copy: number,
  shelf: RecordingShelf,
): Signal {
  const key = hash32(seed, name);
  const shift = copy === 0 ? 0 : uniformAt(key, -1); // part of a period
  switch (settings.kind) {
    case "constant":
      return constantSignal(constantFor(type, settings.value));
    case "sine":
      return sineSignal({ ...settings, periodMs: settings.period, phase: settings.phase + shift }, key);
    case "ramp":
      return shifted(rampSignal({ ...settings, periodMs: settings.period }, key), shift * settings.period);
    case "random-walk":
      return randomWalkSignal({ ...settings, everyMs: settings.every }, key);
    case "square":
      return squareSignal(settings.low, settings.high, settings.dwellLow, settings.dwellHigh, key);
    case "counter": {
      const { start, increment, every } = settings;
      return counterSignal({ start, incrementMin: increment.min, incrementMax: increment.max, everyMs: every }, key);
    }
    case "setpoint":
      return setpointSignal(settings.values, settings.every);
    case "text":
      return textSignal(settings.texts, settings.every);
    case "recorded": {
      const { recording, column } = shelf.take(settings.file, settings.column);
      const offsetMs = settings.offset + Math.floor(shift * recording.lengthMs);
      return shifted(recordedSignal(recording, column, settings.speed, settings.resolution), offsetMs / settings.speed);
    }
  }
}

function shifted(signal: Signal, byMs: number): Signal {
  return byMs === 0 ? signal : { at: (timeMs) => signal.at(timeMs + byMs) };
}

/** Text in place of a number says what YAML cannot: NaN, infinities, −0, 64-bit integers. */
function constantFor(type: HeldType, value: boolean | number | string): SignalValue {
  if (typeof value !== "string" || type === "STRING" || type === "BOOLEAN") return value;
  return type.startsWith("FLOAT") ? Number(value) : BigInt(value);
}
