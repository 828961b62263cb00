// violates time-comes-from-the-clock
export const signal = AbortSignal.timeout(10);
