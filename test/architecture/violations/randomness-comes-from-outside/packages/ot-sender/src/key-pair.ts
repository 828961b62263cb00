// violates randomness-comes-from-outside
import { generateKeyPairSync } from "node:crypto";
export const pair = generateKeyPairSync("ed25519");
