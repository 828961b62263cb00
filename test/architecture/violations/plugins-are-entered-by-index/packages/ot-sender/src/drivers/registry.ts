// violates plugins-are-entered-by-index
import { plan } from "./modbus/plan.ts";
export const registry = [plan];
