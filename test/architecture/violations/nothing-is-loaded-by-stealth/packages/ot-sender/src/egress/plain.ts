export const lazy = () => import("./other.ts");
export const memory = globalThis.WebAssembly;
const require = (wanted: boolean): boolean => wanted;
export const checked = require(true);
