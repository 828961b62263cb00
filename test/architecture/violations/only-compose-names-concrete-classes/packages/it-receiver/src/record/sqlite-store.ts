import { schema } from "./sqlite-schema.ts";
export class SqliteStore {
  readonly schema = schema;
}
