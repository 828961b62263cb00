/** Signs that a far side cannot carry as %XX: reversible, so that different texts stay different.
 *  tag path → [percent escape] → topics, series */

/**
 * Every match of `unsafe` becomes its UTF-8 bytes as %XX, upper-case; a lone surrogate, which UTF-8 cannot carry, %uXXXX.
 *
 * @param unsafe  global and Unicode-aware, matches single characters, "%" among them: otherwise the result is ambiguous.
 */
export function percentEscape(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, escapeCharacter);
}

/** The inverse. undefined for text that {@link percentEscape} cannot have made. */
export function percentUnescape(text: string): string | undefined {
  try {
    return text.replace(/%u([0-9A-F]{4})|(?:%[0-9A-F]{2})+|%/g, (escaped, surrogate: string | undefined) => {
      if (surrogate !== undefined) return String.fromCharCode(Number.parseInt(surrogate, 16));
      return decodeURIComponent(escaped); // of a lone "%" or of bytes that are no UTF-8: URIError
    });
  } catch {
    return undefined;
  }
}

function escapeCharacter(character: string): string {
  if (!character.isWellFormed()) return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return [...Buffer.from(character, "utf8")]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}
