// violates nothing-is-loaded-by-stealth
export const dgram = eval("1");
