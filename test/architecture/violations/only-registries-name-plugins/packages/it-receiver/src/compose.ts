import { mqtt } from "./publishers/mqtt/index.ts";
export const mine = mqtt;
