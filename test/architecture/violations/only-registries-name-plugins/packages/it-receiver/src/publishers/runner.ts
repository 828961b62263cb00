// violates only-registries-name-plugins
import { mqtt } from "./mqtt/index.ts";
export const mine = mqtt;
