/** Says where in the file a part of an expanded device was written: in its template, or where the device gives its parameters.
 *  expand templates → [template places] → config error */
import { type ConfigMistake, writePath, type YamlDocument } from "@nonreturn/station";
import { parametersOf } from "./substitute-parameters.ts";

type Path = readonly PropertyKey[];

/** Of one device, in the order after expansion. */
export type DeviceOrigin = { readonly index: number; readonly template?: undefined } | TemplateOrigin;

interface TemplateOrigin {
  /** In the file. */
  readonly index: number;
  readonly template: string;
  readonly device: string;
  /** Keys that the device writes itself. */
  readonly ownKeys: ReadonlySet<string>;
  /** So many tags come from the template, the others follow. */
  readonly templateTags: number;
  readonly calculatedTags: number;
}

export class TemplatePlaces {
  readonly #document: YamlDocument;
  readonly #templates: unknown;
  readonly #origins: DeviceOrigin[] = [];

  constructor(document: YamlDocument, templates: unknown) {
    this.#document = document;
    this.#templates = templates;
  }

  note(origin: DeviceOrigin): void {
    this.#origins.push(origin);
  }

  /** The document as it is after expansion: paths are those of `value`, places those of the file. */
  documentOf(value: unknown, mistakes: readonly ConfigMistake[]): YamlDocument {
    return {
      value,
      mistakes,
      placeOfValue: (path) => this.#document.placeOfValue(this.#written(path).path),
      placeOfKey: (path, key) => {
        const { path: written } = this.#written([...path, key]);
        return written.at(-1) === key
          ? this.#document.placeOfKey(written.slice(0, -1), key)
          : this.#document.placeOfValue(written);
      },
      nameOf: (path) => this.#written(path).name,
    };
  }

  #written(path: Path): { readonly path: Path; readonly name: string } {
    const [section, at, ...rest] = path;
    if (section === "calculatedTags" && typeof at === "number") return this.#writtenCalculated(path, at, rest);
    const origin = section === "devices" && typeof at === "number" ? this.#origins[at] : undefined;
    if (origin === undefined) return { path, name: writePath(path) };
    const inTemplate = origin.template === undefined ? undefined : this.#inTemplate(origin, rest);
    if (origin.template === undefined || inTemplate === undefined) {
      const own = ["devices", origin.index, ...ownRest(origin, rest)];
      return { path: own, name: writePath(own) };
    }
    return this.#ofTemplate(origin, inTemplate);
  }

  /** Those of the file come first, then those of each device's template. */
  #writtenCalculated(path: Path, at: number, rest: Path): { readonly path: Path; readonly name: string } {
    const own = valueAt(this.#document.value, ["calculatedTags"]);
    let index = at - (Array.isArray(own) ? own.length : 0);
    for (const origin of index < 0 ? [] : this.#origins) {
      if (origin.template === undefined) continue;
      if (index < origin.calculatedTags)
        return this.#ofTemplate(origin, ["templates", origin.template, "calculatedTags", index, ...rest]);
      index -= origin.calculatedTags;
    }
    return { path, name: writePath(path) };
  }

  #ofTemplate(origin: TemplateOrigin, path: Path): { readonly path: Path; readonly name: string } {
    const name = writePath(path);
    const parameter = this.#parameterAt(path);
    if (parameter === undefined) return { path, name: `${name} (device ${JSON.stringify(origin.device)})` };
    const given = this.#placeOfParameter(origin, parameter);
    return { path: given, name: `${writePath(given)} (for ${name})` };
  }

  #inTemplate(origin: TemplateOrigin, rest: Path): Path | undefined {
    const [key, index] = rest;
    if (typeof key !== "string" || origin.ownKeys.has(key)) return undefined;
    if (key === "tags" && typeof index === "number" && index >= origin.templateTags) return undefined;
    const path = ["templates", origin.template, "device"];
    return valueAt(this.#templates, [...path.slice(1), key]) === undefined ? undefined : [...path, ...rest];
  }

  /** A value made of a parameter is the device's, not the template's. */
  #parameterAt(path: Path): string | undefined {
    const text = valueAt(this.#templates, path.slice(1));
    return typeof text === "string" ? parametersOf(text).names[0] : undefined;
  }

  #placeOfParameter({ index, template }: TemplateOrigin, parameter: string): Path {
    const device = ["devices", index];
    const given = [...device, "parameters", parameter];
    if (valueAt(this.#document.value, given) !== undefined) return given;
    return parameter === "name" ? [...device, "name"] : ["templates", template, "defaults", parameter];
  }
}

function ownRest(origin: DeviceOrigin, rest: Path): Path {
  const [key, index, ...below] = rest;
  return origin.template !== undefined && key === "tags" && typeof index === "number"
    ? [key, index - origin.templateTags, ...below]
    : rest;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (here, part) =>
      typeof here === "object" && here !== null && Object.hasOwn(here, part)
        ? (here as Record<PropertyKey, unknown>)[part]
        : undefined,
    root,
  );
}
