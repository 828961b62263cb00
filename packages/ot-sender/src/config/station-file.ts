/** The whole file of an OT station: every key, its bounds and its default.
 *  YAML → [station file] → OT station config; also config/schema/ot-station.json */
import { byteSizeBetween, durationBetween, hostPort, LOG_LEVELS, preflightSection } from "@nonreturn/station";
import { MAX_CHOSEN_SOURCE_SYMBOLS } from "@nonreturn/wire-format";
import { z } from "zod";
import { calculatedSection } from "./calculated-section.ts";
import { checkCalculated } from "./check-calculated.ts";
import { checkDevices } from "./check-devices.ts";
import { deviceSection, type RawDevice } from "./device-section.ts";
import { linkConfig, linkSection } from "./link-section.ts";
import { alarmCountMistake } from "./resolve-alarms.ts";
import type { TagDefaults } from "./resolve-tag.ts";
import { type SoundParts, soundParts } from "./sound-parts.ts";
import { maximumSilence } from "./tag-section.ts";
import { templatesSection, templateUse } from "./template-section.ts";

const stationSection = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .meta({ description: "of this station, as the IT side shows it", examples: ["hamburg-ot"] }),
  dataFolder: z
    .string()
    .min(1)
    .meta({ description: "journal and keys live here; relative to this file", examples: ["/var/lib/nonreturn-ot"] }),
  mode: z
    .enum(["lab", "production"])
    .default("production")
    .meta({ description: "production checks the machine before it starts; lab does not, and says LAB everywhere" }),
});

const batchSection = z.strictObject({
  maxAge: durationBetween("1ms", "50ms").prefault("50ms").meta({ description: "no sample waits longer for its batch" }),
  linger: durationBetween("0ms", "50ms")
    .prefault("10ms")
    .meta({ description: "wait so long for other scans after the one that opened the batch" }),
  maxSamples: z.int().min(1).max(65_536).default(8192),
  maxBytes: byteSizeBetween("4KiB", "1MiB").prefault("64KiB").meta({ description: "of a batch before compression" }),
});

const journalSection = z.strictObject({
  retention: durationBetween("1min", "3650d")
    .prefault("7d")
    .meta({ description: "what was sent can be sent again so long" }),
  maxSize: byteSizeBetween("16MB", "100TB").prefault("20GB"),
});

const keysSection = z.strictObject({
  folder: z.string().min(1).optional().meta({ description: "relative to this file; <dataFolder>/keys if left out" }),
});

const scanClass = durationBetween("10ms", "1d");

/** Each key by itself. */
const sections = z.strictObject({
  station: stationSection,
  link: linkSection,
  batch: batchSection.prefault({}),
  journal: journalSection.prefault({}),
  keys: keysSection.prefault({}),
  preflight: preflightSection,
  heartbeat: z.strictObject({ period: durationBetween("50ms", "2s").prefault("250ms") }).prefault({}),
  refresh: z
    .strictObject({
      period: durationBetween("1s", "1d").prefault("60s").meta({ description: "current values are sent this often" }),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      listen: hostPort.meta({ description: "serve /metrics and /health here", examples: ["127.0.0.1:9464"] }),
    })
    .optional(),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default("info") }).prefault({}),
  report: z.strictObject({ maximumSilence: maximumSilence.prefault("60s") }).prefault({}),
  reconnect: z
    .strictObject({
      first: durationBetween("10ms", "10min").prefault("500ms").meta({ description: "wait before connecting again" }),
      longest: durationBetween("10ms", "1h").prefault("30s").meta({ description: "doubled up to this" }),
    })
    .prefault({}),
  scanClasses: z
    .record(z.string().min(1).max(50), scanClass)
    .prefault({ fast: "100ms", normal: "1s", slow: "10s" })
    .meta({ description: "periods by name; devices and tags refer to them" }),
  templates: templatesSection,
  calculatedTags: z
    .array(calculatedSection)
    .max(100_000)
    .default([])
    .meta({ description: "tags that the station calculates of others" }),
  devices: z.array(deviceSection).min(1, { error: "there is no device; write at least one" }).max(4096),
});

/** What editors check while typing: devices may name a template. Not for parseConfig, which sees them expanded. */
export const writtenStationFile = sections.extend({
  devices: z
    .array(z.union([...deviceSection.options, templateUse]))
    .min(1)
    .max(4096),
});

export type RawStationFile = z.output<typeof sections>;

/**
 * The schema for parseConfig, after expandTemplates. What depends on several keys is checked although others have mistakes of their own, as far
 * as it does not depend on those: all is told in one round.
 */
export const otStationFile = sections.superRefine(
  (file, context) => {
    const add = (path: PropertyKey[], message: string): void =>
      void context.addIssue({ code: "custom", path, message, input: undefined });
    const sound = soundParts(context.issues);
    if (!sound.has()) return;
    if (sound.has("scanClasses") && Object.keys(file.scanClasses).length === 0) {
      add(["scanClasses"], "there is none; write for example normal: 1s");
      return;
    }
    if (sound.has("link")) checkLink(file, sound, add);
    if (sound.has("reconnect") && file.reconnect.first > file.reconnect.longest)
      add(["reconnect", "first"], "is longer than reconnect.longest; write the shorter time here");
    if (!sound.has("scanClasses", "report") || !Array.isArray(file.devices)) return;
    const devices = file.devices as unknown as RawDevice[];
    const defaults = tagDefaultsOf(file);
    checkDevices(sound.devices(devices), sound.has("calculatedTags") ? file.calculatedTags : [], defaults, add);
    if (!sound.has("devices", "calculatedTags")) return;
    const tooMany = alarmCountMistake([...devices.flatMap((device) => device.tags), ...file.calculatedTags]);
    if (tooMany !== undefined) add(["devices"], tooMany);
    checkCalculated(file.calculatedTags, devices, defaults, add);
  },
  { when: () => true },
);

function checkLink(
  { link, batch }: RawStationFile,
  sound: SoundParts,
  add: (path: PropertyKey[], message: string) => void,
): void {
  const { maxSymbolBytes } = linkConfig(link);
  if (sound.has("batch") && batch.maxBytes > MAX_CHOSEN_SOURCE_SYMBOLS * maxSymbolBytes)
    add(
      ["batch", "maxBytes"],
      `does not fit ${MAX_CHOSEN_SOURCE_SYMBOLS} symbols of ${maxSymbolBytes} bytes (from link.mtu); write at most ${Math.floor((MAX_CHOSEN_SOURCE_SYMBOLS * maxSymbolBytes) / 1024)}KiB`,
    );
  const { secondPass } = link;
  if (secondPass !== "off" && secondPass.rate !== undefined && secondPass.rate >= link.rate)
    add(
      ["link", "secondPass", "rate"],
      "leaves nothing of link.rate for live data; write less, half of it for example",
    );
}

/** "normal" where there is such a class, else the first. */
export function tagDefaultsOf(file: RawStationFile): TagDefaults {
  const names = Object.keys(file.scanClasses);
  return {
    scanClasses: file.scanClasses,
    scanClass: names.includes("normal") ? "normal" : (names[0] ?? "normal"),
    maximumSilence: file.report.maximumSilence,
  };
}
