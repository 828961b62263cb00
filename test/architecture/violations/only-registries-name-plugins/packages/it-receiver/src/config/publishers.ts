// violates only-registries-name-plugins
import { mqttConfig } from "../publishers/mqtt/config.ts";
export const mine = mqttConfig;
