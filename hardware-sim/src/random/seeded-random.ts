/** Randomness that repeats: every draw follows from the scenario's seed and a name, so that one run can be run again.
 *  scenario seed → [streams and counters] → signals, faults, diode impairments */

/** The next number of a stream: uniform in [0, 1), 32 bits of resolution. */
export type Random = () => number;

/**
 * A stream of its own per name: switching one impairment on does not shift what the others draw.
 * Source: sfc32 (PractRand), seeded with four hashes of (seed, name).
 */
export function seededRandom(seed: number, name: string): Random {
  let a = hash32(seed, `${name}/a`);
  let b = hash32(seed, `${name}/b`);
  let c = hash32(seed, `${name}/c`);
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
}

/** Uniform in [0, 1) for the n-th step of a process: any step can be asked for without those before it. `key` comes from {@link hash32}. */
export function uniformAt(key: number, n: number): number {
  return (
    finish((Math.imul(n | 0, 0x9e37_79b1) ^ Math.imul(Math.floor(n / 0x1_0000_0000), 0x85eb_ca77)) + key) /
    0x1_0000_0000
  );
}

/** Roughly normal (sum of four uniforms), mean 0, standard deviation 1, within ±3.47; the same bits on every platform, which `Math.log` does not promise. */
export function normalAt(key: number, n: number): number {
  const sum = uniformAt(key, n * 4) + uniformAt(key, n * 4 + 1) + uniformAt(key, n * 4 + 2) + uniformAt(key, n * 4 + 3);
  return (sum - 2) * Math.sqrt(3); // variance of four uniforms: 4/12 = 1/3
}

/** A 32-bit key for (seed, name). Source: FNV-1a over the UTF-16 units, finished with murmur3's mixer. */
export function hash32(seed: number, name: string): number {
  let hash = (0x811c_9dc5 ^ seed) | 0;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x0100_0193);
  return finish(hash ^ Math.imul(seed, 0x9e37_79b1));
}

function finish(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
