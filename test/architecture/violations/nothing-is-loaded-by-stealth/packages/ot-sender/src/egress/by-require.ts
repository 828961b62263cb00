// violates nothing-is-loaded-by-stealth
import { createRequire } from "node:module";
export const dgram = createRequire(import.meta.url)("node:dgram");
