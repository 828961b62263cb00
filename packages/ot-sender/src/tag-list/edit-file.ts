/** Puts changed tags into the text of a configuration file; comments and everything else stay.
 *  compare list → [edit file] → the configuration file */
import { isDeepStrictEqual } from "node:util";
import { readYaml, StationError } from "@nonreturn/station";
import { type Document, isMap, isSeq, parseDocument, Scalar, visit, type YAMLMap, YAMLSeq } from "yaml";
import type { WrittenTag } from "./columns.ts";
import type { TagChange } from "./compare-list.ts";
import { CALCULATED } from "./written-devices.ts";

/** Where each changed or new tag stands after the edit: index in the device's tags, or in the calculated ones. */
export interface EditedFile {
  readonly text: string;
  readonly places: ReadonlyMap<TagChange, number>;
}

/**
 * Lines that are not touched keep their comments, order, quotes and notation; blanks before comments become one.
 *
 * @param text  of a file that has been checked.
 * @throws {StationError} CONFIG_TAGS_SHARED where the tags to change stand elsewhere in the file, behind an alias.
 */
export function editFile(text: string, changes: readonly TagChange[]): EditedFile {
  const document = parseDocument(text, { uniqueKeys: false, version: "1.2" });
  const places = new Map<TagChange, number>();
  for (const [index, ofDevice] of Map.groupBy(changes, ({ device }) => device.index)) {
    const tags = index < 0 ? calculatedOf(document) : tagsOf(document, index, ofDevice[0]!.device.name);
    for (const change of ofDevice) if (change.kind === "change") changeTag(document, tags, change);
    const removed = ofDevice.flatMap((change) => (change.kind === "remove" ? [change.at] : [])).sort((a, b) => b - a);
    for (const at of removed) tags.delete(at);
    for (const change of ofDevice) {
      if (change.kind === "add") {
        places.set(change, tags.items.length);
        tags.add(tagNode(document, change.row.tag));
      } else if (change.kind === "change")
        places.set(change, change.at - removed.filter((at) => at < change.at).length);
    }
  }
  keepPadding(document, text);
  return { text: writeChecked(document, text, changes), places };
}

/** Brackets keep their blanks as they were written: { a: 1 } [0, 1]; the package would give all of them the same. */
function keepPadding(document: Document, before: string): void {
  const keep = (node: YAMLMap | YAMLSeq, ofNew: string): void => {
    if (node.flow !== true) return;
    const start = node.range?.[0];
    const padding = start === undefined ? ofNew : /\s/.test(before[start + 1] ?? "") ? " " : "";
    const write = node.toString.bind(node);
    node.toString = (context, ...rest) =>
      write(context === undefined ? context : { ...context, flowCollectionPadding: padding }, ...rest);
  };
  visit(document, { Map: (_, node) => keep(node, " "), Seq: (_, node) => keep(node, "") });
}

/** The new text, once it is certain that it says what the old one said, changes aside: an anchor may have carried them elsewhere. */
function writeChecked(document: Document, before: string, changes: readonly TagChange[]): string {
  const wanted = plainCopy(readYaml(before).value) as {
    devices: { tags?: Record<string, unknown>[] | null }[];
    calculatedTags?: Record<string, unknown>[] | null;
  };
  for (const [index, ofDevice] of Map.groupBy(changes, ({ device }) => device.index)) {
    const tags = (index < 0 ? wanted.calculatedTags : wanted.devices[index]!.tags) ?? [];
    const removed = new Set(ofDevice.flatMap((change) => (change.kind === "remove" ? [change.at] : [])));
    for (const change of ofDevice)
      if (change.kind === "change")
        for (const [key, value] of change.keys) {
          if (value === undefined) delete tags[change.at]![key];
          else tags[change.at]![key] = value;
        }
    const added = ofDevice.flatMap((change) => (change.kind === "add" ? [change.row.tag] : []));
    const after = [...tags.filter((_, at) => !removed.has(at)), ...added];
    if (index < 0) wanted.calculatedTags = after;
    else wanted.devices[index]!.tags = after;
  }
  let text: string;
  try {
    text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
  } catch {
    throw shared(changes[0]!.device.name); // an alias to what was removed
  }
  if (!isDeepStrictEqual(plainCopy(readYaml(text).value), plainCopy(wanted))) throw shared(changes[0]!.device.name);
  return text;
}

/** Nothing in it is shared. */
function plainCopy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

function tagsOf(document: Document, index: number, device: string): YAMLSeq {
  const devices = document.get("devices");
  const node = isSeq(devices) ? devices.items[index] : undefined;
  if (!isMap(node)) throw shared(device);
  return listIn(document, node, "tags", device);
}

function calculatedOf(document: Document): YAMLSeq {
  if (!isMap(document.contents)) throw shared(CALCULATED);
  return listIn(document, document.contents, "calculatedTags", CALCULATED);
}

/** Made if it is not there. */
function listIn(document: Document, node: YAMLMap, key: string, device: string): YAMLSeq {
  const tags = node.get(key, true) as unknown;
  if (isSeq(tags)) {
    if (tags.anchor !== undefined) throw shared(device);
    return tags;
  }
  const isEmpty = tags === undefined || tags === null || (tags instanceof Scalar && tags.value === null);
  if (!isEmpty) throw shared(device);
  const added = new YAMLSeq(document.schema);
  if (node.flow === true) added.flow = true;
  node.set(key, added);
  return added;
}

function changeTag(document: Document, tags: YAMLSeq, change: TagChange & { kind: "change" }): void {
  const tag = tags.items[change.at];
  if (!isMap(tag) || tag.anchor !== undefined) throw shared(change.device.name);
  for (const [key, value] of change.keys) {
    if (value === undefined) tag.delete(key);
    else if (tag.get(key, true) instanceof Scalar && !Array.isArray(value))
      tag.set(key, value); // its comment stays
    else tag.set(key, valueNode(document, key, value));
  }
}

function tagNode(document: Document, tag: WrittenTag): YAMLMap {
  const node = document.createNode({}, { flow: true }) as YAMLMap;
  for (const [key, value] of Object.entries(tag)) node.set(key, valueNode(document, key, value));
  return node;
}

function valueNode(document: Document, key: string, value: unknown): unknown {
  if (key !== "address" && isOneLine(value)) return document.createNode(value, { flow: true });
  if (typeof value === "object") return document.createNode(value, { flow: true });
  const scalar = new Scalar(value); // addresses as the examples write them
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** A number, yes-or-no value, or text without line breaks. */
function isOneLine(value: unknown): boolean {
  return typeof value === "object" ? false : !/[\r\n]/.test(String(value));
}

function shared(device: string): StationError {
  return new StationError({
    code: "CONFIG_TAGS_SHARED",
    what: "its tags are shared with another part of the file by an anchor or alias (&name, *name), so that a list cannot change them alone",
    where: device === CALCULATED ? "calculatedTags" : `device ${JSON.stringify(device)}`,
    action: "Write them out, or make the devices of a template.",
  });
}
