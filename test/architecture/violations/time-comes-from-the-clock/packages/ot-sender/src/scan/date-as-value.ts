// violates time-comes-from-the-clock
const { now } = Date;
export const at = now();
