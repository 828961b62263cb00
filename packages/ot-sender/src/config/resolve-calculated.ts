/** Calculated tags as written become tags as used, in an order in which each comes after what it depends on.
 *  calculated section, devices → [resolve calculated] → check, tag settings */
import { closestWord } from "@nonreturn/station";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import { isReserved, type ParsedExpression, parseExpression } from "../tag/expression.ts";
import { isNumeric, type TagSettings } from "../tag/tag-settings.ts";
import type { RawCalculated } from "./calculated-section.ts";
import { resolveAlarms } from "./resolve-alarms.ts";
import type { TagDefaults } from "./resolve-tag.ts";

export interface CalculatedMistake {
  readonly index: number;
  readonly place: readonly PropertyKey[];
  readonly text: string;
}

/** @param tagTypes  published types of the devices' tags by path. */
export function resolveCalculated(
  raws: readonly RawCalculated[],
  tagTypes: ReadonlyMap<string, string>,
  defaults: TagDefaults,
): { readonly settings: readonly CalculatedSettings[]; readonly mistakes: readonly CalculatedMistake[] } {
  const mistakes: CalculatedMistake[] = [];
  const paths = new Set([...tagTypes.keys(), ...raws.map(({ path }) => path)]);
  const settings = raws.flatMap((raw, index) => {
    const add = (place: readonly PropertyKey[], text: string): void => void mistakes.push({ index, place, text });
    const expression = parseExpression(raw.expression);
    if ("mistake" in expression) {
      add(["expression"], expression.mistake);
      return [];
    }
    checkInputs(raw, expression, paths, tagTypes, add);
    return [settingsOf(raw, expression, defaults, add)];
  });
  const { order, cycle } = ordered(settings);
  if (cycle !== undefined) {
    const index = raws.findIndex(({ path }) => path === cycle[0]);
    mistakes.push({ index, place: ["inputs"], text: `depends on itself: ${cycle.join(" → ")}; break the circle` });
  }
  return { settings: order, mistakes };
}

type Add = (place: readonly PropertyKey[], text: string) => void;

function checkInputs(
  raw: RawCalculated,
  { inputs: named }: ParsedExpression,
  paths: ReadonlySet<string>,
  tagTypes: ReadonlyMap<string, string>,
  add: Add,
): void {
  const names = Object.keys(raw.inputs);
  if (names.length === 0) add(["inputs"], "there is none; a calculated tag follows others: write name: path");
  for (const name of named.filter((each) => !names.includes(each))) {
    const meant = closestWord(name, names);
    add(
      ["expression"],
      `${name} is no input and no function; ${meant === undefined ? `write ${name}: path under inputs` : `did you mean ${meant}?`}`,
    );
  }
  for (const [name, path] of Object.entries(raw.inputs)) {
    const type = tagTypes.get(path);
    if (isReserved(name)) add(["inputs", name], "means something else in an expression; choose another name");
    else if (!named.includes(name)) add(["inputs", name], "is not in the expression; remove it");
    if (!paths.has(path)) {
      const meant = closestWord(
        path,
        [...paths].filter((each) => Math.abs(each.length - path.length) < 4),
      );
      add(
        ["inputs", name],
        `there is no tag ${JSON.stringify(path)}; ${meant === undefined ? "write the whole path of one" : `did you mean ${meant}?`}`,
      );
    } else if (type !== undefined && type !== "BOOLEAN" && !isNumeric(type as TagSettings["dataType"]))
      add(["inputs", name], `${path} is a ${type}; a calculation wants numbers, or true and false`);
  }
}

function settingsOf(
  raw: RawCalculated,
  expression: ParsedExpression,
  defaults: TagDefaults,
  add: Add,
): CalculatedSettings {
  const [low, high] = raw.range ?? [0, 0];
  if (raw.range !== undefined && !(low < high))
    add(["range"], `${low} is not below ${high}; write the lower end first: range: [0, 100]`);
  if (raw.type === "BOOLEAN")
    for (const key of ["range", "deadband"] as const)
      if (raw[key] !== undefined) add([key], `a BOOLEAN has no ${key}; remove it, or correct type`);
  const { deadband = 0 } = raw;
  if (typeof deadband !== "number" && raw.range === undefined)
    add(["deadband"], "a percentage is of the range, and there is none; write range: [0, 100]");
  const range = raw.range === undefined ? undefined : { low, high };
  const { unit, type: dataType } = raw;
  const alarms =
    raw.alarms === undefined
      ? []
      : resolveAlarms(
          raw.alarms,
          { dataType, unit, range, outsideRange: "keep", scanPeriodMs: undefined },
          (below, text) => add(["alarms", ...below], text),
        );
  const silence = raw.maximumSilence ?? defaults.maximumSilence;
  return {
    path: raw.path,
    ...(raw.formerPath === undefined ? {} : { formerPath: raw.formerPath }),
    enabled: raw.enabled,
    unit,
    description: raw.description,
    range,
    deadband: typeof deadband === "number" ? deadband : ((high - low) * deadband.percentOfRange) / 100,
    maximumSilenceMs: silence === "off" ? 0 : silence,
    ...(alarms.length === 0 ? {} : { alarms }),
    dataType,
    expression,
    inputs: new Map(Object.entries(raw.inputs)),
  };
}

/** Depth first, without recursion: a chain may be as long as the list. @returns or the first circle, its beginning at both ends. */
function ordered(settings: readonly CalculatedSettings[]): {
  readonly order: readonly CalculatedSettings[];
  readonly cycle?: readonly string[];
} {
  const byPath = new Map(settings.map((each) => [each.path, each]));
  const done = new Set<string>();
  const order: CalculatedSettings[] = [];
  for (const start of settings) {
    if (done.has(start.path)) continue;
    const trail = [{ tag: start, rest: [...start.inputs.values()] }];
    const onTrail = new Set([start.path]);
    while (trail.length > 0) {
      const { tag, rest } = trail.at(-1)!;
      const next = byPath.get(rest.pop() ?? "");
      if (next !== undefined && onTrail.has(next.path)) {
        const names = trail.map((each) => each.tag.path);
        return { order: settings, cycle: [...names.slice(names.indexOf(next.path)), next.path] };
      }
      if (next !== undefined && !done.has(next.path)) {
        trail.push({ tag: next, rest: [...next.inputs.values()] });
        onTrail.add(next.path);
      } else if (rest.length === 0) {
        trail.pop();
        onTrail.delete(tag.path);
        if (!done.has(tag.path)) order.push(tag);
        done.add(tag.path);
      }
    }
  }
  return { order };
}
