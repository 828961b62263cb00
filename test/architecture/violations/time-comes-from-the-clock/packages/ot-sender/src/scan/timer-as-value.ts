// violates time-comes-from-the-clock
export const timers = { setTimeout };
