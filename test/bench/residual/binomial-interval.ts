/** How often something of known probability may happen by chance.
 *  formula → [binomial interval] → residual section */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The counts between which 99 % of all runs of `trials` lie, 0.5 % cut off at either end, when each trial has this probability. */
export function binomialInterval(trials: number, probability: number): Interval {
  const tail = 0.005;
  const odds = Math.log(probability) - Math.log1p(-probability);
  let logTerm = trials * Math.log1p(-probability); // of count 0
  let below = 0;
  let low: number | undefined;
  for (let count = 0; count <= trials; count++) {
    below += Math.exp(logTerm);
    if (low === undefined && below > tail) low = count;
    if (below >= 1 - tail) return { low: low ?? 0, high: count };
    logTerm += Math.log(trials - count) - Math.log(count + 1) + odds;
  }
  return { low: low ?? 0, high: trials };
}
