import { mqtt } from "./mqtt/index.ts";
export const registry = [mqtt];
