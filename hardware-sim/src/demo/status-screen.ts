/** One screen that a person understands: what is read, sent, lost, healed and published, and how long it takes.
 *  demo state → [status screen] → terminal */
import { type DemoState, healedBlocks, latencyMs, publishedBy, receivedBlocks } from "./demo-state.ts";

export interface ScreenNews {
  readonly elapsedMs: number;
  readonly brokerMessages: number;
  readonly latest: { readonly topic: string; readonly payload: string } | undefined;
  readonly phase: "running" | "draining";
  readonly folder: string;
}

/** Lines of at most 100 characters or so, without control characters. */
export function screenLines(state: DemoState, news: ScreenNews): string[] {
  const { ot, it, diode } = state;
  const of = (figures: Readonly<Record<string, number>>, name: string): number => figures[name] ?? 0;
  const gaps = it.record?.gaps;
  const lossPercent = diode.received === 0 ? 0 : (diode.droppedTotal / diode.received) * 100;
  const perSample = bytesPerSample(state);
  const latest = news.latest;
  const connected = ot.devices.filter((device) => device.state === "connected").length;
  return [
    `Nonreturn demonstration   ${seconds(news.elapsedMs)}   ${news.phase === "draining" ? "draining …" : "Ctrl-C stops"}`,
    "",
    "  simulated PLCs        OT station              diode (2 % bursty loss)    IT station",
    "  ────────────────      ──────────────────      ───────────────────────    ─────────────────────────",
    columns(
      `${connected} of ${ot.devices.length} connected`,
      `${count(of(ot.figures, "samples_read_total"))} read`,
      `${count(diode.received)} datagrams in`,
      `${count(of(it.figures, "intake_datagrams_received_total"))} datagrams`,
    ),
    columns(
      "",
      `${count(of(ot.figures, "samples_reported_total"))} reported`,
      `${count(diode.droppedTotal)} lost (${lossPercent.toFixed(1)} %)`,
      `${count(receivedBlocks(state))} blocks received`,
    ),
    columns(
      "",
      `${count(of(ot.figures, "journal_blocks_total"))} blocks sealed`,
      `${count(diode.forwarded)} datagrams out`,
      `${count(healedBlocks(state))} of them healed`,
    ),
    columns("", perSample === undefined ? "" : `${perSample.toFixed(1)} B a sample`, "", gapText(gaps)),
    "",
    `  published   MQTT ${count(publishedBy(state, "mqtt"))} samples (${count(news.brokerMessages)} messages)   SQL ${count(publishedBy(state, "sql"))} samples`,
    `  latency     PLC → MQTT   p50 ${ms(latencyMs(state, "mqtt", "0.5"))}   p99 ${ms(latencyMs(state, "mqtt", "0.99"))}      PLC → SQL   p50 ${ms(latencyMs(state, "sql", "0.5"))}   p99 ${ms(latencyMs(state, "sql", "0.99"))}`,
    `  memory      OT ${megabytes(ot.rssBytes)} MB   IT ${megabytes(it.rssBytes)} MB      link ${it.record?.link.state ?? "unknown"}`,
    latest === undefined ? "" : `  latest      ${cut(`${latest.topic}  ${latest.payload}`, 110)}`,
    ...[...ot.alarms, ...it.alarms].map((alarm) => `  ALARM       ${alarm}`),
    "",
    `  ask it yourself:  nonreturn-it gaps --config ${news.folder}/it-station.yaml`,
    `                    nonreturn-it sql "SELECT path, time, value FROM samples ORDER BY time DESC LIMIT 5" --config ${news.folder}/it-station.yaml`,
  ];
}

/** Sealed bytes of data blocks by samples in them; undefined while there are none. */
export function bytesPerSample({ ot }: DemoState): number | undefined {
  const samples = ot.figures.journal_samples_total ?? 0;
  return samples === 0 ? undefined : (ot.figures.journal_data_bytes_total ?? 0) / samples;
}

function gapText(gaps: { readonly open: number; readonly healed: number } | undefined): string {
  return gaps === undefined ? "" : `${gaps.open} gaps open, ${gaps.healed} healed`;
}

function columns(plc: string, ot: string, diode: string, it: string): string {
  return `  ${plc.padEnd(22)}${ot.padEnd(24)}${diode.padEnd(27)}${it}`.trimEnd();
}

const count = (value: number): string => value.toLocaleString("en-US");
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
const ms = (value: number | undefined): string => (value === undefined ? "–" : `${value.toFixed(0)} ms`);
const seconds = (elapsedMs: number): string => `${(elapsedMs / 1000).toFixed(0)} s`;
const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);
