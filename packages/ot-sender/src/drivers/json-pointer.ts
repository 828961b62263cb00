/** Finds a value in a JSON document.
 *  driver's address → [JSON pointer] → JSON document → value
 *  Source: RFC 6901. */

/** Reference tokens from the outermost inwards; none is the whole document. */
export type JsonPointer = readonly string[];

const MAX_TOKENS = 64;

/** @param text  "" or "/line/speed"; in a token ~1 stands for / and ~0 for ~. @returns the pointer, or what is wrong. Never throws. */
export function parsePointer(text: string): JsonPointer | { readonly mistake: string } {
  if (text === "") return [];
  if (!text.startsWith("/")) return { mistake: `a JSON pointer begins with /; write "/${text.slice(0, 40)}"` };
  if (/~(?![01])/.test(text)) return { mistake: "in a JSON pointer ~ is written ~0, and / within a name ~1" };
  const tokens = text.slice(1).split("/");
  if (tokens.length > MAX_TOKENS) return { mistake: `a JSON pointer has at most ${MAX_TOKENS} levels` };
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")); // §4: in this order
}

/** @returns undefined if there is nothing. Only what the document itself has counts, never what objects inherit. */
export function resolvePointer(document: unknown, pointer: JsonPointer): unknown {
  let value = document;
  for (const token of pointer) {
    if (Array.isArray(value)) value = /^(0|[1-9]\d{0,8})$/.test(token) ? value[Number(token)] : undefined;
    else if (typeof value === "object" && value !== null && Object.hasOwn(value, token))
      value = (value as Readonly<Record<string, unknown>>)[token];
    else return undefined;
  }
  return value;
}

export function writePointer(pointer: JsonPointer): string {
  return pointer.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
