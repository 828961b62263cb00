// violates nothing-is-loaded-by-stealth
export const dgram = process.getBuiltinModule("node:dgram");
