/** What scanning tells Prometheus and the mirror on the IT side.
 *  channels, report → [scan figures] → /metrics */
import type { FigureDefinition, Figures } from "@nonreturn/station";
import type { DeviceStatus } from "@nonreturn/wire-format";
import type { Alarms } from "../alarm/alarms.ts";
import type { ReportByException } from "../report/report-by-exception.ts";
import { PollingChannel } from "./polling-channel.ts";
import type { Subscription } from "./subscription.ts";

export const SCAN_FIGURES: readonly FigureDefinition[] = [
  { name: "samples_read_total", kind: "counter", help: "Samples read from devices, good or bad" },
  { name: "samples_reported_total", kind: "counter", help: "Samples passed on to the journal by report by exception" },
  { name: "alarms_configured", kind: "gauge", help: "Alarms that are watched" },
  { name: "alarms_active", kind: "gauge", help: "Alarms that are active" },
  { name: "alarm_events_reported_total", kind: "counter", help: "Changes of alarms passed on to the journal" },
  { name: "scans_total", kind: "counter", help: "Reads of one scan class of one unit", labels: ["channel"] },
  {
    name: "scans_missed_total",
    kind: "counter",
    help: "Scans left out because an earlier one took too long",
    labels: ["channel"],
  },
  {
    name: "scans_spared_total",
    kind: "counter",
    help: "Scans of a silent unit that was not asked, for the sake of the others",
    labels: ["channel"],
  },
  {
    name: "scans_late_total",
    kind: "counter",
    help: "Scans that began at most `le` seconds late, cumulative",
    labels: ["channel", "le"],
  },
  { name: "connects_total", kind: "counter", help: "Connections made", labels: ["channel"] },
  {
    name: "connection_failures_total",
    kind: "counter",
    help: "Connections that failed or were lost",
    labels: ["channel"],
  },
  {
    name: "messages_dropped_total",
    kind: "counter",
    help: "Messages of a broker that gave no value, or reason to doubt, by reason",
    labels: ["channel", "reason"],
  },
  { name: "device_connected", kind: "gauge", help: "1 while the device is connected and answers", labels: ["device"] },
];

/** Of what a change of the configuration has removed. Empties both sets. */
export function forgetScanFigures(
  figures: Figures,
  gone: { readonly devices: Set<string>; readonly channels: Set<string> },
): void {
  if (gone.devices.size + gone.channels.size === 0) return;
  for (const { name, labels = [] } of SCAN_FIGURES)
    for (const series of labels.length === 0 ? [] : [...figures.seriesOf(name)]) {
      const { device, channel } = series.labels;
      if (gone.devices.has(device ?? "") || gone.channels.has(channel ?? "")) figures.remove(name, series.labels);
    }
  gone.devices.clear();
  gone.channels.clear();
}

/** Cost: a few hundred map entries; call it once a second. */
export function writeScanFigures(
  figures: Figures,
  channels: readonly (PollingChannel | Subscription)[],
  devices: readonly DeviceStatus[],
  report: ReportByException,
  alarms: Alarms,
): void {
  figures.set("samples_read_total", report.samplesRead);
  figures.set("samples_reported_total", report.samplesReported);
  figures.set("alarms_configured", alarms.configured);
  figures.set("alarms_active", alarms.activeCount);
  figures.set("alarm_events_reported_total", alarms.reported);
  for (const channel of channels) {
    const labels = { channel: channel.name };
    if (channel instanceof PollingChannel) {
      const { scans, scansMissed, scansSpared, connects, failures } = channel.counts;
      figures.set("scans_total", scans, labels);
      figures.set("scans_missed_total", scansMissed, labels);
      figures.set("scans_spared_total", scansSpared, labels);
      figures.set("connects_total", connects, labels);
      figures.set("connection_failures_total", failures, labels);
      for (const { leMs, count } of channel.lateness.cumulative())
        figures.set("scans_late_total", count, {
          ...labels,
          le: leMs === Number.POSITIVE_INFINITY ? "+Inf" : String(leMs / 1000),
        });
    } else {
      figures.set("connects_total", channel.connects, labels);
      figures.set("connection_failures_total", channel.failures, labels);
      for (const [reason, count] of channel.dropped ?? [])
        figures.set("messages_dropped_total", count, { ...labels, reason });
    }
  }
  for (const { device, state } of devices) figures.set("device_connected", state === "connected" ? 1 : 0, { device });
}
