/** Tag paths: where a tag belongs in the plant, in segments from the outermost inwards, as ISA-95 orders equipment.
 *  config → [tag path] → tag settings, MQTT topics, historian
 *
 *  "acme/hamburg/boiler-house/boiler-1/steam/temperature": enterprise/site/area/line or cell/…/tag. Names in any script; case counts. */

/** UTF-8 bytes of a whole path. */
export const PATH_BYTES = 512;
const PATH_SEGMENTS = 16;

// Cc: control characters (tab, NUL, escape …). Cs: half of a surrogate pair. Zl, Zp: line and paragraph separators.
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** @returns what is wrong with a path, and after a semicolon what to write; undefined if nothing is. */
export function pathMistake(path: string): string | undefined {
  if (path === "") return 'is empty; write it like "site/area/machine/temperature"';
  const bytes = Buffer.byteLength(path, "utf8");
  if (bytes > PATH_BYTES) return `has ${bytes} bytes; write at most ${PATH_BYTES}`;
  const forbidden = FORBIDDEN.exec(path);
  if (forbidden !== null) {
    const code = forbidden[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `contains the character U+${code}, which cannot be seen; remove it`;
  }
  const segments = path.split("/");
  if (segments.length > PATH_SEGMENTS) return `has ${segments.length} segments; write at most ${PATH_SEGMENTS}`;
  if (segments.some((segment) => segment === ""))
    return "begins or ends with / or has // in it; write a name on both sides of every /";
  if (segments.some((segment) => segment !== segment.trim()))
    return "has a space at the beginning or end of a segment; remove it";
  return undefined;
}

/** Equal for two paths that look the same: é is one character or two (e and a combining accent). Different paths with one key confuse people. */
export function pathKey(path: string): string {
  return path.normalize("NFC");
}
