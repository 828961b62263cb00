/** Cuts the configuration into what each part of the station is given.
 *  OT station config → [station settings] → compose → journal thread, link thread, scan */
import { MAX_CHOSEN_SOURCE_SYMBOLS } from "@nonreturn/wire-format";
import type { LinkSettings } from "../egress/link-port.ts";
import type { JournalThreadSettings } from "../journal/journal-port.ts";
import type { TagIdOf } from "../scan/device-settings.ts";
import type { ScanSettings } from "../scan/start-scan.ts";
import { calculatedDefinition, tagDefinition } from "../tag/tag-settings.ts";
import type { OtStationConfig } from "./ot-station-config.ts";

/** What only the journal knows, once it is open. */
type FromJournal = "journalPath" | "journalEpoch" | "sealingEpoch" | "directory" | "unsent" | "sentHead";

export interface OtStationSettings {
  readonly journal: JournalThreadSettings;
  readonly link: Omit<LinkSettings, FromJournal>;
  readonly scan: ScanSettings;
  /** Of all configured tags, in the order in which the journal gives them their ids. */
  readonly tagPaths: readonly string[];
}

export function toSettings(config: OtStationConfig): OtStationSettings {
  const { dataFolder, keysFolder, link, logLevel, batch, journal, heartbeatMs, reconnect, devices, calculated } =
    config;
  const tags = [
    ...devices.flatMap((device) => device.tags.map((tag) => tagDefinition(tag, device.name))),
    ...calculated.map((tag) => calculatedDefinition(tag)),
  ];
  return {
    journal: {
      dataFolder,
      keysFolder,
      stream: link.stream,
      batch,
      retentionMs: journal.retentionMs,
      maximumBytes: journal.maximumBytes,
      maximumBlockBytes: link.maxSymbolBytes * MAX_CHOSEN_SOURCE_SYMBOLS,
      tags,
      logLevel,
    },
    link: {
      stream: link.stream,
      destination: link.destination,
      ...(link.bindAddress === undefined ? {} : { bindAddress: link.bindAddress }),
      ...(link.sourcePort === undefined ? {} : { sourcePort: link.sourcePort }),
      linkRate: link.rate,
      limits: { maxSymbolBytes: link.maxSymbolBytes, redundancyPercent: link.redundancyPercent },
      spreadMs: link.spreadMs,
      ...(link.secondPass === undefined ? {} : { secondPass: link.secondPass }),
      heartbeatMs,
      keysFolder,
      logLevel,
    },
    scan: { devices, calculated, reconnect },
    tagPaths: tags.map(({ path }) => path),
  };
}

/** Ids by path. @param tagIds  as the journal gave them, in the order of `tagPaths`. @throws RangeError for a path that is not configured. */
export function tagIdsByPath(tagPaths: readonly string[], tagIds: readonly number[]): TagIdOf {
  const ids = new Map(tagPaths.map((path, index) => [path, tagIds[index]]));
  return (path) => {
    const tagId = ids.get(path);
    if (tagId === undefined) throw new RangeError(`no tag ${path}`);
    return tagId;
  };
}
