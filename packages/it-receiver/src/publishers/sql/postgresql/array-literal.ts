/** Column arrays as PostgreSQL array literals, for `unnest`. Building them here is several times faster than one parameter a value.
 *  SQL publisher → [array literal] → PostgreSQL
 *  Source: PostgreSQL manual §8.15.2 */

export function numberArray(values: readonly (number | bigint | null)[]): string {
  let text = "{";
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (at > 0) text += ",";
    text += value === null ? "NULL" : value === 0 && Object.is(value, -0) ? "-0" : value;
  }
  return `${text}}`;
}

export function booleanArray(values: readonly boolean[]): string {
  return `{${values.join(",")}}`;
}

export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : `"${storable(value).replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;
}

/** In bytea hex form (manual §8.4.1); its backslash is doubled inside an array. */
export function bytesArray(values: readonly (Uint8Array | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}"`)).join(",")}}`;
}

const ESCAPE = "\u241b"; // ␛

/**
 * PostgreSQL's text holds every character but NUL. NUL becomes ␛0, and ␛ itself ␛␛, so that different texts stay different.
 * Unpaired surrogates, which UTF-8 cannot hold, cannot arrive: the link carries UTF-8.
 */
export function storable(text: string): string {
  return text.includes("\0") || text.includes(ESCAPE)
    ? text.replaceAll(ESCAPE, ESCAPE + ESCAPE).replaceAll("\0", `${ESCAPE}0`)
    : text;
}

/** The inverse of {@link storable}. */
export function original(stored: string): string {
  return stored.replace(/\u241b([0\u241b])/g, (_, sign: string) => (sign === "0" ? "\0" : ESCAPE));
}
