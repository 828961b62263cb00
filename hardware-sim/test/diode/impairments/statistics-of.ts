/** Runs an impairment over evenly spaced datagrams and measures what it lost. */
import type { Impairment } from "../../../src/diode/impairments/impairment.ts";

export const Z99 = 2.576; // two-sided 99 % of the normal distribution

/** Per datagram: was it dropped? */
export function fates(impairment: Impairment, count: number, spacingMs: number): boolean[] {
  const bytes = new Uint8Array(4);
  return Array.from({ length: count }, (_, n) => typeof impairment.pass({ bytes, atMs: n * spacingMs }) === "string");
}

export function lossShare(lost: readonly boolean[]): number {
  return lost.filter(Boolean).length / lost.length;
}

/** Lengths of the runs of consecutive losses. */
export function burstLengths(lost: readonly boolean[]): number[] {
  const lengths: number[] = [];
  let length = 0;
  for (const drop of [...lost, false]) {
    if (drop) length++;
    else if (length > 0) {
      lengths.push(length);
      length = 0;
    }
  }
  return lengths;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
