/** The keys each station works with once they are loaded: what seals on OT, what opens on IT.
 *  key files → [key sets] → seal, open */
import type { KeyObject } from "node:crypto";

/** The OT station's current generation. */
export interface SealingKeys {
  readonly site: Uint8Array; // 8
  readonly generation: number;
  readonly root: Uint8Array; // 32
  readonly saltKey: KeyObject;
  readonly signingKey: KeyObject; // Ed25519, private
  /** No block of this generation may be sealed in a lower epoch: receivers refuse it. The epoch store starts at least here. */
  readonly epochFloor: number;
}

/** One generation as the IT station knows it. Retired generations stay: old blocks name their own. */
export interface OpeningGeneration {
  readonly generation: number;
  readonly root: Uint8Array; // 32
  readonly verifyKey: KeyObject; // Ed25519, public
  readonly epochFloor: number;
}

export interface OpeningKeys {
  readonly site: Uint8Array; // 8
  readonly generations: ReadonlyMap<number, OpeningGeneration>;
}
