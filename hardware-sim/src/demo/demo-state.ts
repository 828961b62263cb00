/** What the demonstration knows at one moment, gathered from the parts' own control sockets.
 *  stations, diode → [demo state] → screen, summary */
import { controlRequest } from "@nonreturn/station";

type FigureValues = Readonly<Record<string, number>>;

export interface OtState {
  readonly uptimeMs: number;
  readonly rssBytes: number;
  readonly figures: FigureValues;
  readonly alarms: readonly string[];
  readonly activeAlarms: readonly { readonly path: string; readonly condition: string; readonly text: string }[];
  readonly devices: readonly { readonly device: string; readonly state: string; readonly reason: string }[];
}

export interface ItState {
  readonly rssBytes: number;
  readonly figures: FigureValues;
  readonly alarms: readonly string[];
  readonly record?: {
    readonly link: { readonly state: string };
    readonly gaps: { readonly open: number; readonly openBlocks: number; readonly healed: number };
  };
  readonly publishers: readonly {
    readonly name: string;
    readonly state: string;
    readonly progress?: { readonly samples: number };
  }[];
}

export interface DiodeState {
  readonly received: number;
  readonly forwarded: number;
  readonly droppedTotal: number;
  readonly inFlight: number;
}

export interface DemoState {
  readonly ot: OtState;
  readonly it: ItState;
  readonly diode: DiodeState;
}

export interface DemoSockets {
  readonly ot: string;
  readonly it: string;
  readonly diode: string;
}

export async function readDemoState(sockets: DemoSockets): Promise<DemoState> {
  const [ot, it, diode] = await Promise.all([
    controlRequest(sockets.ot, "GET", "/status"),
    controlRequest(sockets.it, "GET", "/status"),
    controlRequest(sockets.diode, "GET", "/statistics"),
  ]);
  return { ot: ot as OtState, it: it as ItState, diode: diode as DiodeState };
}

export function publishedBy({ it }: DemoState, publisher: string): number {
  return it.publishers.find(({ name }) => name === publisher)?.progress?.samples ?? 0;
}

/** Alarm events: changes at the OT station, of these recorded at the IT station, and held by each publisher's far side. */
export function eventCounts({ ot, it }: DemoState): Readonly<Record<"reported" | "received" | "mqtt" | "sql", number>> {
  const publishedTo = (publisher: string): number =>
    it.figures[`publisher_events_published_total{publisher="${publisher}"}`] ?? 0;
  return {
    reported: ot.figures.alarm_events_reported_total ?? 0,
    received: it.figures.record_events_recorded_total ?? 0,
    mqtt: publishedTo("mqtt"),
    sql: publishedTo("sql"),
  };
}

/** Latency of live samples from the PLC's reading until the broker or the file holds them. */
export function latencyMs(
  { it }: DemoState,
  publisher: string,
  quantile: "0.5" | "0.99",
  over: "minute" | "start",
): number | undefined {
  return it.figures[
    `publisher_latency_ms{from="source",over="${over}",publisher="${publisher}",quantile="${quantile}"}`
  ];
}

/** Blocks that repair symbols, the second pass or a replay brought. */
export function healedBlocks({ it }: DemoState): number {
  return (
    (it.figures.intake_blocks_repaired_total ?? 0) + (it.figures['record_blocks_recorded_total{lane="late"}'] ?? 0)
  );
}

export function receivedBlocks({ it }: DemoState): number {
  return ['record_blocks_recorded_total{lane="live"}', 'record_blocks_recorded_total{lane="late"}'].reduce(
    (sum, name) => sum + (it.figures[name] ?? 0),
    0,
  );
}
