// violates time-comes-from-the-clock
export const now = process.hrtime.bigint();
