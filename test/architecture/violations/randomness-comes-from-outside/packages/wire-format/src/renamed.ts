// violates randomness-comes-from-outside
import { randomBytes as fixed } from "crypto";
export const salt = fixed(16);
