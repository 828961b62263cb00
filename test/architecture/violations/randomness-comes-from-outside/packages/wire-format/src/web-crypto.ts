// violates randomness-comes-from-outside
export const salt = crypto.getRandomValues(new Uint8Array(16));
