// violates randomness-comes-from-outside
import { randomBytes } from "node:crypto";
export const salt = randomBytes(16);
