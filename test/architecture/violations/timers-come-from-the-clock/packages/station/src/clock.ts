import { setTimeout } from "node:timers";
export const timer = setTimeout;
