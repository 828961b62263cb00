import type { SqliteStore } from "./sqlite-store.ts";
export type Mine = SqliteStore;
