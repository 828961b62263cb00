// violates time-comes-from-the-clock
export const now = new Date();
