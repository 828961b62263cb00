// violates nothing-is-loaded-by-stealth
const name = ["node", "dgram"].join(":");
export const dgram = await import(name);
