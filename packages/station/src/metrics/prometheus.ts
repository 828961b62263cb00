/** Figures in Prometheus' own form.
 *  figures → [prometheus] → /metrics */
import { Counter, Gauge, Registry } from "prom-client";
import type { FigureDefinition, Figures } from "./figures.ts";

/** A registry that shows the figures as they are at each scrape, as `nonreturn_<prefix>_<name>`. */
export function prometheusRegistry(figures: Figures): Registry {
  const registry = new Registry();
  for (const definition of figures.definitions) register(registry, figures, definition);
  return registry;
}

/** prom-client asks by `collect`; its counters know no set, so they are reset and raised at once. */
function register(registry: Registry, figures: Figures, definition: FigureDefinition): void {
  const options = {
    name: `nonreturn_${figures.prefix}_${definition.name}`,
    help: definition.help,
    labelNames: [...(definition.labels ?? [])],
    registers: [registry],
  };
  if (definition.kind === "counter") {
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const { labels, value } of figures.seriesOf(definition.name)) this.inc({ ...labels }, Math.max(0, value));
      },
    });
  } else {
    new Gauge({
      ...options,
      collect() {
        this.reset();
        for (const { labels, value } of figures.seriesOf(definition.name)) this.set({ ...labels }, value);
      },
    });
  }
}
