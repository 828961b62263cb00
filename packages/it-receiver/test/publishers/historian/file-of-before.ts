/** Turns a historian's file into one of before figures had units, with none in it.
 *  test → [file of before] → historian.db */
import { openDatabase } from "@nonreturn/station";
import { CHUNK_FIGURES_TABLES } from "../../../src/publishers/historian/figures-schema.ts";
import { historianPath } from "../../../src/publishers/historian/schema.ts";

const NEW_TABLES = [
  ...["figures", "figures_rest", "pending_unit", "reduced", "removal", "take_over", "old_figures", "old_figures_rest"],
];

export function makeFileOfBefore(folder: string, more = ""): void {
  const database = openDatabase(historianPath(folder), { durability: "normal" });
  for (const table of NEW_TABLES) database.exec(`DROP TABLE ${table}`);
  database.exec(CHUNK_FIGURES_TABLES);
  database.exec(more);
  database.pragma("user_version = 7");
  database.close();
}
