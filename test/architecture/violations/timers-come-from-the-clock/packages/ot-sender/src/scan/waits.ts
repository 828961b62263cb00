// violates timers-come-from-the-clock
import { setTimeout as wait } from "node:timers/promises";
export const soon = wait(10);
