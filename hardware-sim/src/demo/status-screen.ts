/** One screen that a person understands: what is read, sent, lost, healed and published, and how long it takes.
 *  demo state → [status screen] → terminal */
import { type DemoState, eventCounts, healedBlocks, latencyMs, publishedBy, receivedBlocks } from "./demo-state.ts";

export interface ScreenNews {
  readonly elapsedMs: number;
  readonly brokerMessages: number;
  readonly latest: { readonly topic: string; readonly payload: string } | undefined;
  /** Percent, by line. */
  readonly oee: ReadonlyMap<string, number | null>;
  readonly phase: "running" | "draining";
  readonly folder: string;
}

/**
 * Lines without control characters. The two commands at the end may be longer than the terminal is wide, so that they can be copied.
 *
 * @param width  characters of a line; the rest of what a station says (topic, payload, alarms) is cut.
 */
export function screenLines(state: DemoState, news: ScreenNews, width: number): string[] {
  const { ot, it, diode } = state;
  const of = (figures: Readonly<Record<string, number>>, name: string): number => figures[name] ?? 0;
  const gaps = it.record?.gaps;
  const lossPercent = diode.received === 0 ? 0 : (diode.droppedTotal / diode.received) * 100;
  const perSample = bytesPerSample(state);
  const latest = news.latest;
  const connected = ot.devices.filter((device) => device.state === "connected").length;
  const latency = (publisher: string): string =>
    `p50 ${ms(latencyMs(state, publisher, "0.5", "minute"))}, p99 ${ms(latencyMs(state, publisher, "0.99", "minute"))}`;
  const lines = [
    `Nonreturn demonstration   ${seconds(news.elapsedMs)}   ${news.phase === "draining" ? "draining …" : "Ctrl-C stops"}`,
    "",
    columns("simulated PLCs", "OT station", "diode, datagrams", "IT station"),
    columns("──────────────", "──────────────────", "──────────────────", "──────────────────"),
    columns(
      `${connected} of ${ot.devices.length} connected`,
      `${count(of(ot.figures, "samples_read_total"))} read`,
      `${count(diode.received)} in`,
      `${count(of(it.figures, "intake_datagrams_received_total"))} datagrams`,
    ),
    columns(
      "",
      `${count(of(ot.figures, "samples_reported_total"))} reported`,
      `${count(diode.droppedTotal)} lost (${lossPercent.toFixed(1)}%)`,
      `${count(receivedBlocks(state))} blocks`,
    ),
    columns(
      "",
      `${count(of(ot.figures, "journal_blocks_total"))} blocks`,
      `${count(diode.forwarded)} out`,
      `${count(healedBlocks(state))} of them healed`,
    ),
    columns("", perSample === undefined ? "" : `${perSample.toFixed(1)} B a sample`, "", gapText(gaps)),
    "",
    `  published  MQTT ${count(publishedBy(state, "mqtt"))}   SQL ${count(publishedBy(state, "sql"))}   broker ${count(news.brokerMessages)} messages`,
    `  latency    PLC → MQTT ${latency("mqtt")}   PLC → SQL ${latency("sql")}`,
    `  memory     OT ${megabytes(ot.rssBytes)} MB   IT ${megabytes(it.rssBytes)} MB   link ${it.record?.link.state ?? "unknown"}`,
    `  OEE        ${oeeText(news.oee)}`,
    `  alarms     ${alarmText(state)}`,
    latest === undefined ? "" : `  latest     ${latest.topic}`,
    latest === undefined ? "" : `             ${latest.payload}`,
    ...[...ot.alarms, ...it.alarms].map((alarm) => `  ALARM      ${alarm}`),
    "",
  ];
  return [
    ...lines.map((line) => cut(line, width)),
    "  ask it yourself, from this folder in another terminal:",
    `  npx nonreturn-it gaps --config ${news.folder}/it-station.yaml`,
    `  npx nonreturn-it sql "SELECT path, time, value FROM samples LIMIT 5" --config ${news.folder}/it-station.yaml`,
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

/** As the broker's subscriber got them. */
function oeeText(oee: ScreenNews["oee"]): string {
  const lines = [...oee].sort(([one], [other]) => (one < other ? -1 : 1));
  return lines.map(([line, value]) => `${line} ${value === null ? "Bad" : `${value.toFixed(1)} %`}`).join("   ") || "–";
}

/** The most severe one by name. */
function alarmText(state: DemoState): string {
  const { reported, received } = eventCounts(state);
  const active = state.ot.figures.alarms_active ?? 0;
  const [first] = state.ot.activeAlarms;
  const named = first === undefined ? "" : `: ${first.path.split("/").slice(-3).join("/")} ${first.text}`;
  return `${count(reported)} events at OT, ${count(received)} at IT; ${count(active)} active${named}`;
}

function columns(plc: string, ot: string, diode: string, it: string): string {
  return `  ${plc.padEnd(17)}${ot.padEnd(20)}${diode.padEnd(20)}${it}`.trimEnd();
}

const count = (value: number): string => value.toLocaleString("en-US");
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
const ms = (value: number | undefined): string => (value === undefined ? "–" : `${value.toFixed(0)} ms`);
const seconds = (elapsedMs: number): string => `${(elapsedMs / 1000).toFixed(0)} s`;
/** By characters, not halves of them. */
function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
