/** Counters and gauges of one part of a station, kept as plain numbers and shown to Prometheus on demand.
 *  any thread → [figures] → snapshot → main's figures → /metrics, /status, the mirror on the IT side */

export interface FigureDefinition {
  /** Without prefix, in Prometheus style: "samples_read_total", "journal_bytes". Counters end in _total. */
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly help: string;
  readonly labels?: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** Series by key: `samples_read_total` or `samples_read_total{device="plc-7"}`. What workers post every second. */
export type FigureSnapshot = Record<string, number>;

/** Label values come from configuration (device, publisher …), but a bound is a bound. Further series are counted, not kept. */
const MAXIMUM_SERIES = 10_000;

/** One figure with one combination of label values. */
export interface Series {
  readonly name: string;
  readonly labels: Labels;
  value: number;
}

/**
 * The figures of one prefix; their Prometheus names are `nonreturn_<prefix>_<name>`.
 * `add` without labels is one map look-up: fit for hot paths. Unlabelled figures exist from the start with 0.
 * Names that were not defined throw a RangeError: a misspelt figure is a mistake of ours, found by the first test.
 */
export class Figures {
  readonly prefix: string;
  readonly #definitions = new Map<string, FigureDefinition>();
  readonly #series = new Map<string, Series>();
  readonly #seriesOf = new Map<string, Set<Series>>();
  #seriesDropped = 0;

  constructor(prefix: string, definitions: readonly FigureDefinition[]) {
    this.prefix = prefix;
    for (const definition of definitions) {
      if (this.#definitions.has(definition.name)) throw new RangeError(`figure ${definition.name} is defined twice`);
      this.#definitions.set(definition.name, definition);
      this.#seriesOf.set(definition.name, new Set());
      if ((definition.labels ?? []).length === 0)
        this.#keep(definition.name, { name: definition.name, labels: {}, value: 0 });
    }
  }

  /** Set to an absolute value. Counters too: their owner may live in another thread and post totals. */
  set(name: string, value: number, labels?: Labels): void {
    const series = this.#find(name, labels);
    if (series !== undefined) series.value = value;
  }

  add(name: string, by = 1, labels?: Labels): void {
    const series = this.#find(name, labels);
    if (series !== undefined) series.value += by;
  }

  get(name: string, labels?: Labels): number {
    return this.#series.get(keyOf(name, labels))?.value ?? 0;
  }

  /** Forget one labelled series, e.g. of a device that was removed. */
  remove(name: string, labels: Labels): void {
    const key = keyOf(name, labels);
    const series = this.#series.get(key);
    if (series === undefined) return;
    this.#series.delete(key);
    this.#seriesOf.get(name)?.delete(series);
  }

  /** Plain data, to be posted to another thread. @param prefix  of every key, where the figures of several parts stand together. */
  snapshot(prefix = ""): FigureSnapshot {
    const snapshot: FigureSnapshot = {};
    for (const [key, series] of this.#series) snapshot[prefix + key] = series.value;
    return snapshot;
  }

  /** Take over another thread's snapshot: every series it names is set. Series not defined here are ignored. */
  absorb(snapshot: FigureSnapshot): void {
    for (const key in snapshot) {
      const value = snapshot[key];
      if (value === undefined) continue;
      const known = this.#series.get(key);
      if (known !== undefined) {
        known.value = value;
        continue;
      }
      const { name, labels } = parseKey(key);
      if (this.#definitions.has(name)) this.set(name, value, labels);
    }
  }

  get definitions(): Iterable<FigureDefinition> {
    return this.#definitions.values();
  }

  /** Every series of one figure. */
  seriesOf(name: string): Iterable<Readonly<Series>> {
    return this.#seriesOf.get(name) ?? [];
  }

  /** How many label combinations were refused because of the bound. */
  get seriesDropped(): number {
    return this.#seriesDropped;
  }

  #find(name: string, labels: Labels | undefined): Series | undefined {
    const key = keyOf(name, labels);
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new RangeError(`figure ${name} is not defined`);
    const wanted = definition.labels ?? [];
    const given = Object.keys(labels ?? {});
    if (given.length !== wanted.length || !wanted.every((label) => labels?.[label] !== undefined)) {
      throw new RangeError(`figure ${name} has the labels [${wanted.join(", ")}], not [${given.join(", ")}]`);
    }
    if (this.#series.size >= MAXIMUM_SERIES) {
      this.#seriesDropped++;
      return undefined;
    }
    return this.#keep(key, { name, labels: { ...labels }, value: 0 });
  }

  #keep(key: string, series: Series): Series {
    this.#series.set(key, series);
    this.#seriesOf.get(series.name)?.add(series);
    return series;
  }
}

function keyOf(name: string, labels: Labels | undefined): string {
  if (labels === undefined) return name;
  const names = Object.keys(labels);
  if (names.length === 0) return name;
  return `${name}{${names
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`)
    .join(",")}}`;
}

function parseKey(key: string): { name: string; labels: Labels } {
  const brace = key.indexOf("{");
  if (brace < 0) return { name: key, labels: {} };
  const labels: Record<string, string> = {};
  for (const match of key.slice(brace).matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)) {
    labels[match[1] ?? ""] = JSON.parse(match[2] ?? '""') as string;
  }
  return { name: key.slice(0, brace), labels };
}
