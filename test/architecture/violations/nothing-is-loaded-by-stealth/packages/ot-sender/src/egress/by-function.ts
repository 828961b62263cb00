// violates nothing-is-loaded-by-stealth
export const dgram = new Function("return 1");
