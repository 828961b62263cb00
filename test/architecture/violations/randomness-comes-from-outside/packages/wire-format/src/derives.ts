import { createHmac, hkdfSync } from "node:crypto";
import nacl from "tweetnacl";
export const used = [createHmac, hkdfSync, Math.floor(1.5)];
export const pair = (secret: Uint8Array) => nacl.box.keyPair.fromSecretKey(secret);
export const pairing = { keyPair: 1 };
export const own = pairing.keyPair;
