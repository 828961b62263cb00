// violates timers-come-from-the-clock
import { monitorEventLoopDelay } from "node:perf_hooks";
export const delay = monitorEventLoopDelay;
