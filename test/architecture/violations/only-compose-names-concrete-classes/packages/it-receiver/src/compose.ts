import { SqliteStore } from "./record/sqlite-store.ts";
export const mine = SqliteStore;
