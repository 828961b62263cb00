// violates only-compose-names-concrete-classes
import { SqliteStore } from "./sqlite-store.ts";
export const mine = SqliteStore;
