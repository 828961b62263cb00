/** The OT station's own secrets: site id, signing key, and a root per key generation.
 *  first `keys pair` → [station keys] → sealing keys, pairing */
import { deriveSaltKey, KEY_BYTES, SITE_BYTES } from "./derive.ts";
import { publicBytesOf, SEED_BYTES, signingKeyOf } from "./ed25519.ts";
import { base64Of, KeyFileFields, keyFileText, MOST_GENERATIONS } from "./key-file.ts";
import type { SealingKeys } from "./key-sets.ts";

const STATION_KEYS_FORMAT = "nonreturn/station-keys/1";

/** One generation's secret. Roots are random, never derived from one another. */
export interface RootGeneration {
  readonly generation: number; // 1 … 65,535
  readonly root: Uint8Array; // 32
  /** Sealing epoch at which the generation was made; no block of it may be older. */
  readonly epochFloor: number;
}

export interface StationKeys {
  readonly site: Uint8Array; // 8
  readonly signingSeed: Uint8Array; // Ed25519, 32
  /** Ascending; the last one seals. */
  readonly generations: readonly RootGeneration[];
}

/**
 * A new station with its first generation.
 *
 * @param random      must return fresh cryptographic random bytes
 * @param epochFloor  the sealing epoch of this moment (unix minutes)
 */
export function newStationKeys(random: (bytes: number) => Uint8Array, epochFloor: number): StationKeys {
  return {
    site: new Uint8Array(random(SITE_BYTES)),
    signingSeed: new Uint8Array(random(SEED_BYTES)),
    generations: [{ generation: 1, root: new Uint8Array(random(KEY_BYTES)), epochFloor }],
  };
}

/** The 32 public bytes of the station's signing key. */
export function stationPublicKey(keys: StationKeys): Uint8Array {
  return publicBytesOf(signingKeyOf(keys.signingSeed));
}

export function sealingKeysOf(keys: StationKeys): SealingKeys {
  const { generation, root, epochFloor } = keys.generations.at(-1)!;
  return {
    site: keys.site,
    generation,
    root,
    saltKey: deriveSaltKey(root),
    signingKey: signingKeyOf(keys.signingSeed),
    epochFloor,
  };
}

export function encodeStationKeys(keys: StationKeys): string {
  return keyFileText(STATION_KEYS_FORMAT, {
    site: base64Of(keys.site),
    signingSeed: base64Of(keys.signingSeed),
    generations: keys.generations.map(encodeGeneration),
  });
}

/** @throws {WireError} KEY_FILE */
export function decodeStationKeys(text: string): StationKeys {
  const fields = KeyFileFields.parse(text, STATION_KEYS_FORMAT);
  return {
    site: fields.bytes("site", SITE_BYTES),
    signingSeed: fields.bytes("signingSeed", SEED_BYTES),
    generations: decodeGenerations(fields),
  };
}

export function encodeGeneration({ generation, root, epochFloor }: RootGeneration): Readonly<Record<string, unknown>> {
  return { generation, epochFloor, root: base64Of(root) };
}

/** Field "generations", each number once, ascending. @throws {WireError} KEY_FILE */
export function decodeGenerations(fields: KeyFileFields): RootGeneration[] {
  let last = 0;
  return fields.list("generations", MOST_GENERATIONS).map((entry) => {
    last = entry.integer("generation", last + 1, 0xffff);
    return {
      generation: last,
      root: entry.bytes("root", KEY_BYTES),
      epochFloor: entry.integer("epochFloor", 0, 0xffffffff),
    };
  });
}
