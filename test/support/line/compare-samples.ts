/** Says what differs between what was reported and what arrived. Knows nothing of how either was read.
 *  sample facts → [compare samples] → differences, expected to be none */
import { StatusCode } from "@nonreturn/wire-format";
import { identityOf, type SampleFact } from "./sample-fact.ts";

export interface Differences {
  /** Reported, not arrived. */
  readonly missing: readonly SampleFact[];
  /** Arrived more often than reported. */
  readonly repeated: readonly SampleFact[];
  /** Arrived with another value, status or unit. */
  readonly altered: readonly { readonly reported: readonly SampleFact[]; readonly arrived: SampleFact }[];
  /** Arrived, never reported: another tag, or another time. */
  readonly foreign: readonly SampleFact[];
}

export const NO_DIFFERENCES: Differences = { missing: [], repeated: [], altered: [], foreign: [] };

/**
 * @param owed  a reported sample that must have arrived; the others may have. All of them if left out.
 * Cost: O(reported + arrived).
 */
export function compareSamples<Reported extends SampleFact>(
  reported: readonly Reported[],
  arrived: readonly SampleFact[],
  owed: (sample: Reported) => boolean = () => true,
): Differences {
  const claims = new Map<string, { readonly reported: Reported[]; arrived: number }>();
  for (const sample of reported) {
    const identity = identityOf(sample);
    const claim = claims.get(identity);
    if (claim === undefined) claims.set(identity, { reported: [sample], arrived: 0 });
    else claim.reported.push(sample);
  }
  const repeated: SampleFact[] = [];
  const altered: { reported: readonly SampleFact[]; arrived: SampleFact }[] = [];
  const foreign: SampleFact[] = [];
  for (const sample of arrived) {
    const claim = claims.get(identityOf(sample));
    if (claim === undefined) {
      foreign.push(sample);
      continue;
    }
    if (!claim.reported.some((candidate) => sameContent(candidate, sample)))
      altered.push({ reported: claim.reported, arrived: sample });
    if (++claim.arrived > claim.reported.length) repeated.push(sample);
  }
  const missing = [...claims.values()].flatMap((claim) => claim.reported.filter(owed).slice(claim.arrived));
  return { missing, repeated, altered, foreign };
}

/**
 * Samples that overtook a newer one of the same tag. That the station waits for a device's first value has the station's time: such a value
 * may have been on its way already, and overtakes nothing.
 *
 * @param arrived  in order of arrival; repeats of earlier ones are not counted.
 */
export function overtaken(arrived: readonly SampleFact[]): SampleFact[] {
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  return arrived.filter((sample) => {
    const identity = identityOf(sample);
    if (seen.has(identity)) return false;
    seen.add(identity);
    const before = newest.get(sample.path) ?? 0;
    if (sample.statusCode !== StatusCode.BadWaitingForInitialData)
      newest.set(sample.path, Math.max(before, sample.timestamp));
    return sample.timestamp < before;
  });
}

function sameContent(one: SampleFact, other: SampleFact): boolean {
  return one.value === other.value && one.statusCode === other.statusCode && one.unit === other.unit;
}
