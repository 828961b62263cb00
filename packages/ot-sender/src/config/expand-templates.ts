/** Makes devices of templates before anything is checked, and remembers which line each part came from.
 *  YAML document → [expand templates] → station file */
import { closestWord, type YamlDocument } from "@nonreturn/station";
import { z } from "zod";
import { parametersOf, substitute } from "./substitute-parameters.ts";
import { type DeviceOrigin, TemplatePlaces } from "./template-places.ts";
import { type ParameterValue, parameterValue, type RawTemplate, templateSection } from "./template-section.ts";

/** Values in all devices after expansion: a million tags of eight keys, and as much again. */
const EXPANDED_VALUES = 16_000_000;
const NESTING = 64;
const OPENING = "$" + "{";

type Path = readonly PropertyKey[];
type AddMistake = (path: Path, text: string) => void;
type Values = ReadonlyMap<string, ParameterValue>;
type RawMap = Readonly<Record<string, unknown>>;

const parametersShape = z.record(z.string(), parameterValue);

/** A file without templates comes back as it is. Calculated tags of templates come after those of the file. Devices whose template cannot be used are left out, each with a mistake. */
export function expandTemplates(document: YamlDocument): YamlDocument {
  const file = document.value;
  if (!isMap(file) || !Array.isArray(file.devices)) return document;
  const written = file.devices as readonly unknown[];
  if (file.templates === undefined && !written.some((device) => isMap(device) && device.template !== undefined))
    return document;
  const mistakes = [...document.mistakes];
  const places = new TemplatePlaces(document, file.templates);
  const add: AddMistake = (path, text) =>
    void mistakes.push({ ...document.placeOfValue(path), path: document.nameOf(path), text });
  const templates = checkedTemplates(file.templates, add);
  const devices: unknown[] = [];
  const calculated: unknown[] = [];
  let budget = EXPANDED_VALUES;
  for (const [index, device] of written.entries()) {
    if (!isMap(device) || device.template === undefined) {
      devices.push(device);
      places.note({ index });
      continue;
    }
    const template = templateOf(device, index, file.templates, templates, add);
    const values = template === undefined ? undefined : valuesOf(device, index, template, add);
    if (template === undefined || values === undefined) continue;
    budget -= template.size;
    if (budget < 0) {
      add(["devices", index], `templates make more than ${EXPANDED_VALUES} values up to here; write fewer tags`);
      return places.documentOf(undefined, mistakes);
    }
    const made = expand(device, index, template, values, add);
    devices.push(made.device);
    calculated.push(...made.calculated);
    places.note(made.origin);
  }
  // Without a device the schema would say that there is none.
  const isExplained = devices.length === 0 && mistakes.length > 0;
  const own = file.calculatedTags === undefined ? [] : file.calculatedTags;
  const calculatedTags = Array.isArray(own) ? [...(own as unknown[]), ...calculated] : own;
  return places.documentOf(isExplained ? undefined : { ...file, devices, calculatedTags }, mistakes);
}

interface CheckedTemplate extends RawTemplate {
  readonly name: string;
  /** Values in it. */
  readonly size: number;
}

/** Those that can be used; what is wrong with the shape of another is found with the rest of the file. */
function checkedTemplates(written: unknown, add: AddMistake): ReadonlyMap<string, CheckedTemplate> {
  const templates = new Map<string, CheckedTemplate>();
  for (const [name, each] of isMap(written) ? Object.entries(written) : []) {
    const parsed = templateSection.safeParse(each);
    if (!parsed.success) continue;
    const known = new Set([...parsed.data.parameters, "name"]);
    for (const parameter of Object.keys(parsed.data.defaults))
      if (!known.has(parameter))
        add(["templates", name, "defaults", parameter], `is not among parameters; ${among(parameter, known)}`);
    const flawed = new Set<PropertyKey>();
    const check = (text: string, path: Path): void => {
      const { names, mistake } = parametersOf(text);
      const unknown = names.filter((parameter) => !known.has(parameter));
      if (mistake !== undefined) add(path, mistake);
      for (const parameter of unknown)
        add(path, `the template has no parameter ${JSON.stringify(parameter)}; ${among(parameter, known)}`);
      if (mistake !== undefined || unknown.length > 0) flawed.add(path[2]!);
    };
    const sizeOf = (part: "device" | "calculatedTags"): number | undefined => {
      const size = visit(parsed.data[part], ["templates", name, part], 0, check);
      if (size === undefined) add(["templates", name, part], "is nested too deeply; write it flatter");
      return size;
    };
    const [device, calculated] = [sizeOf("device"), sizeOf("calculatedTags")];
    if (device === undefined || calculated === undefined) continue;
    // Expressions with a parameter that is not there would be called wrong once more.
    const calculatedTags = flawed.has("calculatedTags") ? [] : parsed.data.calculatedTags;
    templates.set(name, { ...parsed.data, calculatedTags, name, size: device + calculated });
  }
  return templates;
}

function templateOf(
  device: RawMap,
  index: number,
  written: unknown,
  templates: ReadonlyMap<string, CheckedTemplate>,
  add: AddMistake,
): CheckedTemplate | undefined {
  const name = device.template;
  const template = typeof name === "string" ? templates.get(name) : undefined;
  if (template !== undefined) return template;
  if (typeof name === "string" && isMap(written) && Object.hasOwn(written, name)) return undefined; // its own mistakes are enough
  const known = isMap(written) ? Object.keys(written) : [];
  add(
    ["devices", index, "template"],
    known.length === 0
      ? "there are no templates; write a section templates, or driver instead of template"
      : `there is no template ${JSON.stringify(name)}; ${among(String(name), known)}`,
  );
  return undefined;
}

function valuesOf(device: RawMap, index: number, template: CheckedTemplate, add: AddMistake): Values | undefined {
  const place = ["devices", index];
  const parsed = parametersShape.safeParse(device.parameters ?? {});
  if (!parsed.success) {
    for (const { path } of parsed.error.issues)
      add(
        [...place, "parameters", ...path],
        "is no text, number or yes-or-no value; write parameters: { name: value }",
      );
    return undefined;
  }
  const given = new Map(Object.entries(parsed.data));
  const declared = new Set(template.parameters);
  let complete = true;
  for (const name of given.keys())
    if (!declared.has(name)) {
      complete = false;
      add(
        [...place, "parameters", name],
        `template ${JSON.stringify(template.name)} has no such parameter; ${among(name, declared)}`,
      );
    }
  const missing = template.parameters.filter((name) => !given.has(name) && !Object.hasOwn(template.defaults, name));
  if (missing.length > 0)
    add(
      [...place, "parameters"],
      `template ${JSON.stringify(template.name)} wants ${missing.join(", ")} too; write parameters: { ${missing.map((name) => `${name}: …`).join(", ")} }`,
    );
  if (!complete || missing.length > 0) return undefined;
  const name: [string, ParameterValue][] = typeof device.name === "string" ? [["name", device.name]] : [];
  return new Map([...name, ...Object.entries(template.defaults), ...given]);
}

/** The device's own keys win; its own tags come after those of the template. */
function expand(
  written: RawMap,
  index: number,
  template: CheckedTemplate,
  values: Values,
  add: AddMistake,
): { readonly device: unknown; readonly calculated: readonly unknown[]; readonly origin: DeviceOrigin } {
  const { template: _, parameters: __, tags: ownTags, ...own } = written;
  const filled = (part: "device" | "calculatedTags"): unknown =>
    put(template[part], values, ({ parameter, mistake }, path) =>
      add(
        parameter === "name" ? ["devices", index, "name"] : ["devices", index, "parameters", parameter],
        `${mistake} (for templates.${[template.name, part, ...path].join(".")})`,
      ),
    );
  const body = filled("device") as RawMap;
  const templateTags = Array.isArray(body.tags) ? (body.tags as readonly unknown[]) : [];
  const tags =
    ownTags === undefined ? body.tags : Array.isArray(ownTags) ? [...templateTags, ...(ownTags as unknown[])] : ownTags;
  return {
    device: { ...body, ...own, ...(tags === undefined ? {} : { tags }) },
    calculated: filled("calculatedTags") as readonly unknown[],
    origin: {
      index,
      template: template.name,
      device: String(written.name ?? index),
      ownKeys: new Set(Object.keys(own)),
      templateTags: Array.isArray(tags) ? templateTags.length : 0,
      calculatedTags: template.calculatedTags.length,
    },
  };
}

function put(
  value: unknown,
  values: Values,
  wrong: (what: { parameter: string; mistake: string }, path: Path) => void,
  path: Path = [],
): unknown {
  if (typeof value === "string") {
    if (!value.includes(OPENING)) return value;
    const result = substitute(value, values);
    if ("value" in result) return result.value;
    wrong(result, path);
    return value;
  }
  if (Array.isArray(value)) return value.map((each, index) => put(each, values, wrong, [...path, index]));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, put(each, values, wrong, [...path, key])]),
  );
}

/** @returns how many values there are; undefined if nested too deeply. */
function visit(
  value: unknown,
  path: Path,
  depth: number,
  onText: (text: string, path: Path) => void,
): number | undefined {
  if (depth > NESTING) return undefined;
  if (typeof value === "string" && value.includes(OPENING)) onText(value, path);
  const inner = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  let size = 1;
  for (const [key, each] of inner) {
    const more = visit(each, [...path, key], depth + 1, onText);
    if (more === undefined) return undefined;
    size += more;
  }
  return size;
}

function among(word: string, known: Iterable<string>): string {
  const names = [...known];
  const meant = closestWord(word, names);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return names.length === 0 ? "remove it" : `write one of: ${names.slice(0, 20).join(", ")}`;
}

function isMap(value: unknown): value is RawMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
