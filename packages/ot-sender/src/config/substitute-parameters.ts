/** Puts parameters into the text of a template.
 *  template → [substitute parameters] → expand templates
 *
 *  ${number}             the parameter; text that is nothing else keeps its type, so that port: ${port} is a number
 *  ${number+4}           of a whole number also + and −, * and both: ${number*100+4}
 *  $${number}            the text ${number} */
import type { ParameterValue } from "./template-section.ts";

const TEXT_AFTER_SUBSTITUTION = 10_000;

const PLACEHOLDER = /\$?\$\{([^}]*)\}/g;
const EXPRESSION = /^\s*([A-Za-z_]\w*)\s*(?:\*\s*(\d{1,9})\s*)?(?:([+-])\s*(\d{1,9})\s*)?$/;

interface Placeholder {
  readonly whole: string;
  readonly parameter: string;
  readonly factor: number;
  readonly summand: number;
  readonly arithmetic: "none" | "some";
}

/** Every parameter that the text names, in its order. @returns or what is wrong with a placeholder. */
export function parametersOf(text: string): { readonly names: readonly string[]; readonly mistake?: string } {
  const names: string[] = [];
  for (const [whole, inner = ""] of text.matchAll(PLACEHOLDER)) {
    if (whole.startsWith("$$")) continue;
    const placeholder = parse(whole, inner);
    if (placeholder === undefined)
      return { names, mistake: `${whole} is no parameter; write \${name}, \${name+4} or \${name*100+4}` };
    names.push(placeholder.parameter);
  }
  return { names };
}

/** @returns what the text becomes, or what is wrong and by which parameter. Every parameter it names must be in `values`. */
export function substitute(
  text: string,
  values: ReadonlyMap<string, ParameterValue>,
): { readonly value: ParameterValue } | { readonly parameter: string; readonly mistake: string } {
  let whole: ParameterValue | undefined;
  let wrong: { parameter: string; mistake: string } | undefined;
  const result = text.replace(PLACEHOLDER, (match, inner: string) => {
    if (match.startsWith("$$")) return match.slice(1);
    const placeholder = parse(match, inner);
    const value = placeholder === undefined ? undefined : values.get(placeholder.parameter);
    if (placeholder === undefined || value === undefined) return match; // reported where the template is checked
    const put = compute(placeholder, value);
    if (put === undefined) {
      wrong ??= {
        parameter: placeholder.parameter,
        mistake: `${match} wants a whole number, not ${JSON.stringify(value)}; write one`,
      };
      return match;
    }
    if (match === text) whole = put;
    return String(put);
  });
  if (wrong !== undefined) return wrong;
  if (result.length > TEXT_AFTER_SUBSTITUTION)
    return {
      parameter: parametersOf(text).names[0] ?? "",
      mistake: `makes a text of ${result.length} characters; write less`,
    };
  return { value: whole ?? result };
}

function parse(whole: string, inner: string): Placeholder | undefined {
  const match = EXPRESSION.exec(inner);
  if (match === null) return undefined;
  const [, parameter = "", factor, sign, summand] = match;
  return {
    whole,
    parameter,
    factor: Number(factor ?? 1),
    summand: sign === "-" ? -Number(summand) : Number(summand ?? 0),
    arithmetic: factor === undefined && sign === undefined ? "none" : "some",
  };
}

function compute({ factor, summand, arithmetic }: Placeholder, value: ParameterValue): ParameterValue | undefined {
  if (arithmetic === "none") return value;
  const result = typeof value === "number" && Number.isInteger(value) ? value * factor + summand : Number.NaN;
  return Number.isSafeInteger(result) ? result : undefined;
}
