// violates environment-comes-from-configuration
import { env } from "node:process";
export const slow = env;
