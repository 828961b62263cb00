/** How long and with which seed a soak runs. The only place that looks at its environment.
 *  environment → [soak settings] → soak tests */

export interface SoakSettings {
  readonly minutes: number;
  readonly seed: number;
}

/**
 * `NONRETURN_SOAK_MINUTES`, 30 if left out; `NONRETURN_SOAK_SEED`, 1 if left out: the same seed draws the same faults in the same order.
 * @throws RangeError for anything that is no number above 0.
 */
export function readSoakSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SoakSettings {
  return {
    minutes: positive("NONRETURN_SOAK_MINUTES", environment.NONRETURN_SOAK_MINUTES ?? "30"),
    seed: Math.floor(positive("NONRETURN_SOAK_SEED", environment.NONRETURN_SOAK_SEED ?? "1")),
  };
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (number > 0 && number < 2 ** 32) return number;
  throw new RangeError(`${name}=${text}: write a number above 0`);
}
