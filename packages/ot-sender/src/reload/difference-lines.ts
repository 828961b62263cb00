/** Shows a person what a new configuration changes.
 *  compare devices, compare tags → [difference lines] → nonreturn-ot reload, log */
import { plural, writeDuration } from "@nonreturn/station";
import { show } from "../tag-list/compare-list.ts";
import type { ChangedKey } from "./changed-keys.ts";
import type { DeviceComparison } from "./compare-devices.ts";
import type { TagDifference } from "./compare-tags.ts";

/** Each kind; the sum at the end is of all. */
const MOST_LINES = 500;
const MOST_CHARACTERS = 400;
const DURATIONS: ReadonlySet<string> = new Set(["scanClass", "maximumSilence"]);

/** How many of what. */
export interface DifferenceCounts {
  readonly devicesAdded: number;
  readonly devicesRemoved: number;
  readonly devicesChanged: number;
  readonly devicesUnchanged: number;
  readonly tagsAdded: number;
  readonly tagsRemoved: number;
  readonly tagsChanged: number;
  readonly tagsUnchanged: number;
  readonly connectionsOpened: number;
  readonly connectionsKept: number;
}

export function isNothing(counts: DifferenceCounts): boolean {
  const { devicesAdded, devicesRemoved, devicesChanged, tagsAdded, tagsRemoved, tagsChanged } = counts;
  return devicesAdded + devicesRemoved + devicesChanged + tagsAdded + tagsRemoved + tagsChanged === 0;
}

/** Tags of devices that come or go as a whole are only counted. Values are quoted as JSON. */
export function differenceLines(
  devices: DeviceComparison,
  tags: readonly TagDifference[],
  counts: DifferenceCounts,
): string[] {
  const whole = new Set([...devices.added, ...devices.removed].map(({ name }) => name));
  return [
    ...atMost(
      [
        ...devices.added.map(({ name, driver, tags: own, enabled }) => {
          const how = enabled ? "" : ", disabled";
          return `+ device ${show(name)}: ${driver.name}, ${plural(own.length, "tag")}${how}`;
        }),
        ...devices.removed.map(({ name, tags: own }) => `- device ${show(name)}: ${plural(own.length, "tag")}`),
        ...devices.changed.map(({ name, keys, connection }) => {
          const what = keys.map(keyText).join(", ");
          const then = { kept: "", opened: "its connection is opened anew", closed: "its connection is closed" };
          return `~ device ${show(name)}: ${[what, then[connection]].filter((part) => part !== "").join("; ")}`;
        }),
      ],
      "devices",
    ),
    ...atMost(
      tags.flatMap((each) => {
        const { device } = each.tag;
        if (device !== undefined && whole.has(device) && each.kind !== "changed") return [];
        return [tagLine(each)];
      }),
      "tags",
    ),
    sumOf(counts),
  ];
}

function tagLine(difference: TagDifference): string {
  const { tag } = difference;
  const name = show(tag.path);
  const of = tag.device === undefined ? "calculated" : `of ${show(tag.device)}`;
  if (difference.kind !== "changed") return `${difference.kind === "added" ? "+" : "-"} tag ${name} ${of}`;
  const { before, keys } = difference;
  const renamed = before.path === tag.path ? [] : [`renamed from ${show(before.path)}, keeps its id`];
  return `~ tag ${name}: ${[...renamed, ...keys.map(keyText)].join(", ")}`;
}

function keyText({ key, before, after }: ChangedKey): string {
  const write = (value: unknown): string =>
    DURATIONS.has(key) && typeof value === "number" ? (value === 0 ? "off" : writeDuration(value)) : show(value);
  const text = `${key} ${write(before)} → ${write(after)}`;
  return text.length > MOST_CHARACTERS ? `${key} …` : text;
}

function sumOf(counts: DifferenceCounts): string {
  const { devicesAdded, devicesRemoved, devicesChanged, devicesUnchanged } = counts;
  const { tagsAdded, tagsRemoved, tagsChanged, tagsUnchanged, connectionsOpened, connectionsKept } = counts;
  return [
    `devices ${devicesAdded} added, ${devicesRemoved} removed, ${devicesChanged} changed, ${devicesUnchanged} unchanged`,
    `tags ${tagsAdded} added, ${tagsRemoved} removed, ${tagsChanged} changed, ${tagsUnchanged} unchanged`,
    `connections ${connectionsOpened} opened, ${connectionsKept} go on`,
  ].join("; ");
}

function atMost(lines: readonly string[], what: string): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  return [...lines.slice(0, MOST_LINES), `  … and ${lines.length - MOST_LINES} more lines about ${what}`];
}
