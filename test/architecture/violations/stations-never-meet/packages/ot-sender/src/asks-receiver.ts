// violates stations-never-meet
import type { Store } from "../../it-receiver/src/index.ts";
export type Mine = Store;
