/** What a file of this folder offers: a client library as its manual shows it, without anything of ours.
 *  plain process → [plain client] → far side */
import type { Row } from "../bench-plant.ts";

export interface PlainClient {
  /** Resolves when the far side holds the rows, as far as its protocol can tell. */
  write(rows: readonly Row[]): Promise<void>;
  close(): Promise<void>;
}

/** The export `open` of each file. */
export type OpenPlainClient<Settings = never> = (settings: Settings) => Promise<PlainClient>;
