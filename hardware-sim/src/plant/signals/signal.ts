/** What feeds a register: a value as a function of scenario time and nothing else.
 *  [signal] → held value → image of a device → reply */

/** 64-bit counters are bigint; everything analogue is a number in engineering units. */
export type SignalValue = boolean | number | bigint | string;

export interface Signal {
  /**
   * The value at `timeMs` after the start of the scenario (≥ 0). The same time always gives the same value, whatever was asked before:
   * a test can compute the truth afterwards. Cost: proportional to the steps since the last call for signals that accumulate; going back starts anew.
   */
  at(timeMs: number): SignalValue;
}

/** 23.4, not 23.400000000000002: sensors answer in multiples of their resolution. 0 leaves the value as it is. */
export function roundTo(value: number, resolution: number): number {
  if (resolution === 0) return value;
  const inverse = Math.round(1 / resolution);
  if (inverse >= 1 && Math.abs(inverse * resolution - 1) < 1e-9) return Math.round(value * inverse) / inverse;
  return Math.round(value / resolution) * resolution;
}
