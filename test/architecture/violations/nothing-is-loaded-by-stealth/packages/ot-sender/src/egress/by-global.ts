// violates nothing-is-loaded-by-stealth
export const everything = globalThis;
