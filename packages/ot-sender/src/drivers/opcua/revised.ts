/** What a server made of the subscription that it was asked for: taken within bounds, refused beyond.
 *  CreateSubscription response → [revised] → subscribe
 *  Source: OPC UA Part 4 §5.14.2. */

export interface RevisedSubscription {
  readonly revisedPublishingInterval: number;
  readonly revisedMaxKeepAliveCount: number;
  readonly revisedLifetimeCount: number;
}

const SHORTEST_INTERVAL_MS = 1;
/** Twice this, the watch for silence, still fits a timer (2³¹ − 1 ms, 24.8 days). */
const LONGEST_MS = 86_400_000; // a day

/** @returns why such a subscription cannot be watched, undefined if it can. */
export function mistakeInRevised(revised: RevisedSubscription): string | undefined {
  const { revisedPublishingInterval: intervalMs, revisedMaxKeepAliveCount: keepAlives } = revised;
  const { revisedLifetimeCount: lifetime } = revised;
  if (!(intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_MS))
    return `the server revised the publishing interval to ${intervalMs} ms`;
  if (!(intervalMs * keepAlives <= LONGEST_MS))
    return `the server revised the keep-alive to ${keepAlives} intervals of ${intervalMs} ms`;
  // "The lifetime count shall be a minimum of three times the keep-alive count": below one, it ends while all is well.
  if (lifetime < keepAlives) return `the server revised the lifetime to ${lifetime}, the keep-alive to ${keepAlives}`;
  return undefined;
}
