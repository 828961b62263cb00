/** What one part of the benchmark is: a name, one line about it, and rows of figures.
 *  sections/<name>.ts → [bench section] → main → table, JSON */

/** A section is the export `section` of `sections/<name>.ts`. */
export interface BenchSection {
  /** As on the command line; the file's name. */
  readonly name: string;
  /** One line: what is measured, and what would be good. */
  readonly about: string;
  /** Measures. Whatever it started (processes, namespaces, files) is gone when it settles. Throws only if nothing can be measured. */
  run(context: BenchContext): Promise<readonly BenchRow[]>;
}

export interface BenchContext {
  /** An empty folder of this run, removed at its end. */
  readonly folder: string;
  /** Tell the reader how far it is; goes to standard error. */
  readonly say: (line: string) => void;
  /** Lower case. Sections with cases that stand alone leave out those whose name does not contain it. */
  readonly only: string;
}

/** Numbers are rounded when printed, and whole in the JSON. Names carry their unit: "Mbit/s", "cpu s/GiB". */
export type Figures = Readonly<Record<string, number | string>>;

export interface BenchRow {
  readonly case: string;
  readonly figures: Figures;
  /** Somebody else's program doing the same in the same run. */
  readonly peer?: { readonly name: string; readonly figures: Figures };
  /** What the product asks of itself here, in words: "≥ 300,000 samples/s". */
  readonly limit?: string;
  /** Ours divided by the peer's, in the figure that counts; above 1 is better. */
  readonly ratio?: number;
}
