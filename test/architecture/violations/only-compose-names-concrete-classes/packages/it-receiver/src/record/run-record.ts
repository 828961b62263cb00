import { SqliteStore } from "./sqlite-store.ts";
export const mine = SqliteStore;
