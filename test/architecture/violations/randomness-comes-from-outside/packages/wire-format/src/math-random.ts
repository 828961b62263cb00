// violates randomness-comes-from-outside
export const salt = Math.random();
