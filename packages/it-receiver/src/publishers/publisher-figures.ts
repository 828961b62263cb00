/** What the publishers count, as figures for Prometheus and as a status for people.
 *  runners → [publisher figures] → main, once a second */
import type { FigureDefinition, FigureSnapshot } from "@nonreturn/station";
import { Figures } from "@nonreturn/station/thread";
import type { CurrentAlarms } from "./current-alarms.ts";
import type { CurrentValues } from "./current-values.ts";
import type { PublisherRunner } from "./runner.ts";
import type { RunnerStatus } from "./runner-status.ts";

const publisher = ["publisher"] as const;

/** Main defines its own Figures with these, and absorbs the snapshots. Prefix "it". */
export const PUBLISHER_FIGURES: readonly FigureDefinition[] = [
  {
    name: "publisher_samples_published_total",
    kind: "counter",
    help: "Samples that the far side holds, each counted once",
    labels: publisher,
  },
  {
    name: "publisher_events_published_total",
    kind: "counter",
    help: "Alarm events that the far side holds, since the start",
    labels: publisher,
  },
  {
    name: "publisher_events_told_total",
    kind: "counter",
    help: "Times that an alarm was told to OPC UA clients, however many of them listen; by a refresh again",
    labels: publisher,
  },
  {
    name: "publisher_units_waiting",
    kind: "gauge",
    help: "Of the historian: quarters of a day of tags whose minutes and hours are not made yet; each tag has one for the present",
    labels: publisher,
  },
  { name: "publisher_batches_published_total", kind: "counter", help: "Confirmed calls of publish", labels: publisher },
  { name: "publisher_retries_total", kind: "counter", help: "Calls of publish that failed", labels: publisher },
  {
    name: "publisher_running",
    kind: "gauge",
    help: "1 while connected, 0 while connecting or waiting",
    labels: publisher,
  },
  {
    name: "publisher_cursor_age_seconds",
    kind: "gauge",
    help: "Since the oldest unpublished block was recorded",
    labels: ["publisher", "lane"],
  },
  {
    name: "publisher_cursor_position",
    kind: "gauge",
    help: "Store position published up to",
    labels: ["publisher", "lane"],
  },
  {
    name: "publisher_blocks_parked",
    kind: "gauge",
    help: "Blocks whose tag directory has not arrived yet",
    labels: publisher,
  },
  {
    name: "publisher_blocks_quarantined",
    kind: "gauge",
    help: "Blocks of which something was set aside, with a reason",
    labels: publisher,
  },
  {
    name: "publisher_samples_quarantined",
    kind: "gauge",
    help: "Samples and alarm events set aside, with a reason",
    labels: publisher,
  },
  {
    name: "publisher_retention_gaps_total",
    kind: "counter",
    help: "Position ranges removed by retention before they were published",
    labels: publisher,
  },
  {
    name: "publisher_dropped_blocks_total",
    kind: "counter",
    help: "Blocks that backlogFor or backlogSize dropped before they were published, in named gaps",
    labels: publisher,
  },
  {
    name: "publisher_dropped_samples_total",
    kind: "counter",
    help: "Samples in the dropped blocks",
    labels: publisher,
  },
  {
    name: "publisher_backlog_blocks",
    kind: "gauge",
    help: "Blocks stored and not published yet",
    labels: ["publisher", "lane"],
  },
  {
    name: "publisher_backlog_bytes",
    kind: "gauge",
    help: "Their size, sealed",
    labels: ["publisher", "lane"],
  },
  {
    name: "publisher_entries_refused_total",
    kind: "counter",
    help: "Blocks of which the far side refused something",
    labels: publisher,
  },
  {
    name: "publisher_samples_refused_total",
    kind: "counter",
    help: "Samples and alarm events the far side refused",
    labels: publisher,
  },
  {
    name: "publisher_current_dropped_total",
    kind: "counter",
    help: "Current values dropped because the publisher was away",
    labels: publisher,
  },
  {
    name: "publisher_latency_ms",
    kind: "gauge",
    help: "Of live samples until the far side holds them; from source (clocks of both stations) or sealed; over the last minute or since the start",
    labels: ["publisher", "from", "over", "quantile"],
  },
  { name: "tags_known", kind: "gauge", help: "Tags with a last value" },
  { name: "alarms_active", kind: "gauge", help: "Alarms whose last event says active" },
  {
    name: "alarms_forgotten_total",
    kind: "counter",
    help: "Active alarms no longer shown as such, because there are too many of them",
  },
  { name: "tags_stale", kind: "gauge", help: "Tags whose last value is stale" },
];

/** Gathers on demand; keeps nothing but the series. */
export class PublisherFigures {
  readonly #figures = new Figures("it", PUBLISHER_FIGURES);

  gather(
    runners: readonly PublisherRunner[],
    current: CurrentValues,
    alarms: CurrentAlarms,
  ): { snapshot: FigureSnapshot; statuses: RunnerStatus[] } {
    const statuses = runners.map((runner) => {
      const status = runner.status();
      this.#status(status);
      this.#latency(runner);
      return status;
    });
    this.#figures.set("tags_known", current.tags);
    this.#figures.set("alarms_active", alarms.activeCount);
    this.#figures.set("alarms_forgotten_total", alarms.forgotten);
    this.#figures.set("tags_stale", current.staleTags);
    return { snapshot: this.#figures.snapshot(), statuses };
  }

  #status(status: RunnerStatus): void {
    const labels = { publisher: status.name };
    const { progress } = status;
    this.#figures.set("publisher_samples_published_total", progress?.samples ?? 0, labels);
    this.#figures.set("publisher_events_published_total", status.events, labels);
    if (status.unitsWaiting !== undefined) this.#figures.set("publisher_units_waiting", status.unitsWaiting, labels);
    if (status.eventsTold !== undefined) this.#figures.set("publisher_events_told_total", status.eventsTold, labels);
    this.#figures.set("publisher_batches_published_total", progress?.batches ?? 0, labels);
    this.#figures.set("publisher_retries_total", status.retries, labels);
    this.#figures.set("publisher_running", status.state === "running" ? 1 : 0, labels);
    this.#figures.set("publisher_blocks_parked", progress?.parked ?? 0, labels);
    this.#figures.set("publisher_blocks_quarantined", progress?.quarantined ?? 0, labels);
    this.#figures.set("publisher_samples_quarantined", progress?.quarantinedRows ?? 0, labels);
    this.#figures.set("publisher_retention_gaps_total", progress?.gaps ?? 0, labels);
    this.#figures.set("publisher_dropped_blocks_total", progress?.droppedBlocks ?? 0, labels);
    this.#figures.set("publisher_dropped_samples_total", progress?.droppedSamples ?? 0, labels);
    for (const lane of ["live", "late"] as const) {
      this.#figures.set("publisher_backlog_blocks", status.backlog[lane].blocks, { ...labels, lane });
      this.#figures.set("publisher_backlog_bytes", status.backlog[lane].bytes, { ...labels, lane });
    }
    this.#figures.set("publisher_entries_refused_total", status.refusedEntries, labels);
    this.#figures.set("publisher_samples_refused_total", status.refusedRows, labels);
    this.#figures.set("publisher_current_dropped_total", status.currentDropped, labels);
    this.#figures.set("publisher_cursor_age_seconds", status.liveAgeMs / 1000, { ...labels, lane: "live" });
    this.#figures.set("publisher_cursor_age_seconds", status.lateAgeMs / 1000, { ...labels, lane: "late" });
    this.#figures.set("publisher_cursor_position", progress?.live ?? 0, { ...labels, lane: "live" });
    this.#figures.set("publisher_cursor_position", progress?.late ?? 0, { ...labels, lane: "late" });
  }

  #latency(runner: PublisherRunner): void {
    for (const [from, latency] of [
      ["source", runner.latency.source],
      ["sealed", runner.latency.sealed],
    ] as const) {
      for (const quantile of ["0.5", "0.99"]) {
        const share = Number(quantile);
        const labels = { publisher: runner.settings.name, from, quantile };
        this.#setOrRemove(latency.recent(share), { ...labels, over: "minute" });
        this.#setOrRemove(latency.whole.quantile(share), { ...labels, over: "start" });
      }
    }
  }

  /** No live sample in the last minute: no latency, rather than an old one. */
  #setOrRemove(latencyMs: number | undefined, labels: Record<string, string>): void {
    if (latencyMs === undefined) this.#figures.remove("publisher_latency_ms", labels);
    else this.#figures.set("publisher_latency_ms", latencyMs, labels);
  }
}
