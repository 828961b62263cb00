/** Latencies of the last minute and since the start, in logarithmic buckets.
 *  runner → [latency histogram] → p50, p99 in the figures */

// Buckets grow by 2^(1/8) ≈ 9 % from 0.1 ms: quantiles are exact to 9 %. 0.1 ms · 2^(208/8) ≈ 1.9 hours.
const LOWEST_MS = 0.1;
const STEPS_PER_OCTAVE = 8;
const BUCKETS = 209;

/** Fixed memory whatever is recorded. Negative values (clocks that differ) count as the lowest bucket. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  get count(): number {
    return this.#total;
  }

  record(latencyMs: number, samples = 1): void {
    this.#counts[bucketOf(latencyMs)]! += samples;
    this.#total += samples;
  }

  /** Upper edge of the bucket that holds the quantile, in ms; undefined while nothing is recorded. @param share 0 … 1 */
  quantile(share: number): number | undefined {
    return quantileOf([this.#counts], this.#total, share);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** The same over several histograms together. */
  static quantile(histograms: readonly LatencyHistogram[], share: number): number | undefined {
    const total = histograms.reduce((sum, histogram) => sum + histogram.#total, 0);
    return quantileOf(
      histograms.map((histogram) => histogram.#counts),
      total,
      share,
    );
  }
}

/** A ring of histograms that together cover the last `turns` periods. Call {@link turn} once per period. */
export class RecentLatency {
  readonly whole = new LatencyHistogram();
  readonly #ring: readonly LatencyHistogram[];
  #current = 0;

  constructor(turns = 6) {
    this.#ring = Array.from({ length: turns }, () => new LatencyHistogram());
  }

  record(latencyMs: number, samples = 1): void {
    this.whole.record(latencyMs, samples);
    this.#ring[this.#current]!.record(latencyMs, samples);
  }

  turn(): void {
    this.#current = (this.#current + 1) % this.#ring.length;
    this.#ring[this.#current]!.clear();
  }

  recent(share: number): number | undefined {
    return LatencyHistogram.quantile(this.#ring, share);
  }
}

function bucketOf(latencyMs: number): number {
  if (!(latencyMs > LOWEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log2(latencyMs / LOWEST_MS) * STEPS_PER_OCTAVE));
}

function quantileOf(counts: readonly Float64Array[], total: number, share: number): number | undefined {
  if (total === 0) return undefined;
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const column of counts) seen += column[bucket]!;
    if (seen >= share * total) return LOWEST_MS * 2 ** (bucket / STEPS_PER_OCTAVE);
  }
  return LOWEST_MS * 2 ** ((BUCKETS - 1) / STEPS_PER_OCTAVE);
}
