/** Crockford's base 32: what people read aloud and type. 32 symbols without I, L, O, U.
 *  gap code, key fingerprint → [crockford] → people → [crockford] */

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Five-bit numbers as text in groups of four: "7K3M-9QXA-2". */
export function groupedText(fives: readonly number[]): string {
  const symbols = fives.map((five) => SYMBOLS[five & 31]).join("");
  return symbols.replace(/(.{4})(?=.)/g, "$1-");
}

/**
 * Five-bit numbers of a text as a person may type it: any case, spaces and hyphens anywhere, O for 0, I and L for 1.
 *
 * @returns undefined if any other character occurs
 */
export function fivesOfText(text: string): number[] | undefined {
  const fives: number[] = [];
  for (const character of text.toUpperCase()) {
    if (character === "-" || /\s/.test(character)) continue;
    const five = SYMBOLS.indexOf(character === "O" ? "0" : character === "I" || character === "L" ? "1" : character);
    if (five < 0) return undefined;
    fives.push(five);
  }
  return fives;
}

/** The first bits of some bytes, five at a time, most significant first. `count` · 5 must not be more bits than there are. */
export function fivesOfBytes(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, place) => {
    const bit = place * 5;
    const window = ((bytes[bit >> 3]! << 8) | (bytes[(bit >> 3) + 1] ?? 0)) >> (11 - (bit & 7));
    return window & 31;
  });
}
