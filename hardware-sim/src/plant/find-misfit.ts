/** Whether a type can show what a signal gives.
 *  device section → [find misfit] → check plant */
import type { SignalSettings } from "../scenario/signal-section.ts";
import type { HeldType } from "./held-value.ts";

/** The signal an entry names or contains, or what is wrong with it. */
export function findSignalMistake(
  signal: string | SignalSettings,
  type: HeldType,
  named: Readonly<Record<string, SignalSettings>>,
): string | undefined {
  const found = typeof signal === "string" ? named[signal] : signal;
  if (found !== undefined) return findMisfit(type, found);
  const known = Object.keys(named).join(", ") || "none are there yet: write them under `signals` of the device";
  return `the device has no signal "${String(signal)}"; write one of its signals (${known})`;
}

function findMisfit(type: HeldType, signal: SignalSettings): string | undefined {
  const isText = signal.kind === "text" || (signal.kind === "constant" && typeof signal.value === "string");
  if (type === "STRING")
    return isText ? undefined : `a STRING register cannot show a ${signal.kind}; write a text signal`;
  if (signal.kind === "text") return `a ${type} register cannot show text; write \`type: STRING\``;
  if (!isText || signal.kind !== "constant") return undefined;
  const text = String(signal.value);
  if (type === "BOOLEAN") return `a bit cannot show "${text}"; write true or false`;
  if (type.startsWith("FLOAT"))
    return text === "NaN" || !Number.isNaN(Number(text))
      ? undefined
      : `"${text}" is no number; write one, "NaN" or "-Infinity"`;
  return /^-?\d{1,20}$/.test(text) ? undefined : `"${text}" is no whole number; write one`;
}
