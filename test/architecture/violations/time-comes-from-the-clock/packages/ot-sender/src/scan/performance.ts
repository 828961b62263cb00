// violates time-comes-from-the-clock
export const now = performance.now();
