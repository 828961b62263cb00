/** Puts a zod issue into the words of the person who wrote the file.
 *  zod → [explain issue] → config error */
import type { z } from "zod";
import type { ConfigMistake } from "./config-error.ts";
import { closestWord } from "./did-you-mean.ts";
import { wordsOfRemoved } from "./removed-keys.ts";
import type { Hints } from "./schema-hints.ts";
import type { YamlDocument } from "./yaml-document.ts";

type Issue = z.core.$ZodIssue;

/** One issue may be several mistakes: each unknown key has its own place. */
export function explainIssue(issue: Issue, document: YamlDocument, hints: Hints): ConfigMistake[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...document.placeOfKey(path, key),
      path: document.nameOf([...path, key]),
      text: wordsOfRemoved(key, issue.message) ?? unknownKey(key, hints.keysAt(path)),
    }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const best = closestAlternative(issue.errors);
    if (best !== undefined) {
      return best.flatMap((inner) =>
        explainIssue({ ...inner, path: [...path, ...inner.path] } as Issue, document, hints),
      );
    }
  }
  if (issue.code === "invalid_key" || issue.code === "invalid_element") {
    const [inner] = issue.issues;
    return [
      {
        ...document.placeOfValue(path),
        path: document.nameOf(path),
        text: `${inner?.message ?? issue.message}; correct this ${issue.code === "invalid_key" ? "name" : "entry"}`,
      },
    ];
  }
  const value = valueAt(document.value, path);
  return [
    {
      ...document.placeOfValue(path),
      path: document.nameOf(path),
      text: value === undefined ? missing(path, hints) : wrongValue(issue, value, path, hints),
    },
  ];
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closestWord(key, known);
  if (meant !== undefined) return `is not a known key; did you mean ${meant}?`;
  return known.length === 0
    ? "is not allowed here; remove it"
    : `is not a known key; remove it, or write one of: ${known.join(", ")}`;
}

function missing(path: readonly PropertyKey[], hints: Hints): string {
  const key = String(path.at(-1) ?? "");
  const description = hints.descriptionAt(path);
  const example = hints.exampleAt(path);
  return `is missing; write ${key}: ${example ?? "…"}${description === undefined ? "" : ` (${description})`}`;
}

function wrongValue(issue: Issue, value: unknown, path: readonly PropertyKey[], hints: Hints): string {
  const shown = show(value, path);
  const write = (fallback: string): string => hints.exampleAt(path) ?? fallback;
  switch (issue.code) {
    case "invalid_type":
      if (hasOwnWords(issue)) return issue.message;
      if (issue.expected === "string" && (typeof value === "number" || typeof value === "boolean")) {
        return `${shown} is ${kindOf(value)}, but text belongs here; write it in quotes: ${show(String(value), path)}`;
      }
      if (value === null) return `has no value; write ${write(`a ${issue.expected}`)}`;
      return `${shown} is ${kindOf(value)}; write ${write(`a ${issue.expected}`)}`;
    case "invalid_value":
      return choice(shown, value, issue.values.map(String));
    case "invalid_union": {
      // A discriminated union whose key names no alternative says which there are.
      const { options } = issue as { readonly options?: readonly unknown[] };
      if (options !== undefined) return choice(shown, value, options.map(String));
      return `${shown} is ${kindOf(value)}; write ${write("one of the allowed forms")}`;
    }
    case "too_small":
    case "too_big": {
      if (hasOwnWords(issue)) return issue.message;
      const bound =
        issue.code === "too_small"
          ? `at least ${"minimum" in issue ? issue.minimum : ""}`
          : `at most ${"maximum" in issue ? issue.maximum : ""}`;
      const unit = issue.origin === "string" ? " characters" : issue.origin === "array" ? " entries" : "";
      const than =
        ("inclusive" in issue && issue.inclusive) === false
          ? `${issue.code === "too_small" ? "more" : "less"} than ${bound.split(" ").at(-1)}`
          : bound;
      return `${shown} is too ${issue.code === "too_small" ? (unit === "" ? "small" : "short") : unit === "" ? "large" : "long"}; write ${than}${unit}`;
    }
    case "invalid_format":
      return hasOwnWords(issue)
        ? issue.message
        : `${shown} is not in the right form; write it like ${write("the documentation shows")}`;
    case "not_multiple_of":
      return `${shown} is not allowed; write a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

function choice(shown: string, value: unknown, allowed: readonly string[]): string {
  const meant = typeof value === "string" ? closestWord(value, allowed) : undefined;
  if (allowed.length === 1) return `${shown} is not allowed; write ${allowed[0]}`;
  const list = `one of: ${allowed.join(", ")}`;
  return meant === undefined
    ? `${shown} is not allowed; write ${list}`
    : `${shown} is not allowed; did you mean ${meant}? Write ${list}`;
}

/** zod's own English begins with these words; anything else was written for this schema and says it better. */
function hasOwnWords(issue: Issue): boolean {
  return !/^(Invalid|Too (small|big)|Unrecognized)/.test(issue.message);
}

/** Of the alternatives of a plain union, the one the user came closest to: mistakes deeper inside, and fewest. Undefined if none was begun. */
function closestAlternative(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const begun = errors.filter(
    (issues) =>
      issues.length > 0 && issues.some((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys"),
  );
  if (begun.length > 0) return [...begun].sort((a, b) => a.length - b.length)[0];
  // No alternative was begun, but one may have words of its own ("100" is not a duration …).
  return errors.find((issues) => issues.length > 0 && issues.every(hasOwnWords));
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, part) =>
      typeof here === "object" && here !== null ? (here as Record<PropertyKey, unknown>)[part] : undefined,
    root,
  );
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "empty";
  switch (typeof value) {
    case "object":
      return "a map";
    case "string":
      return "text";
    case "boolean":
      return "a yes-or-no value";
    default:
      return `a ${typeof value}`;
  }
}

/** The value as the user wrote it, cut short; never a secret. */
function show(value: unknown, path: readonly PropertyKey[]): string {
  if (/password|secret|token|credential/i.test(String(path.at(-1) ?? ""))) return "the value";
  if (typeof value === "object" && value !== null) return "this";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
