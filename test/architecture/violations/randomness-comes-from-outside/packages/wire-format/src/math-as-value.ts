// violates randomness-comes-from-outside
const { random } = Math;
export const salt = random();
