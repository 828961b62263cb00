/** Keeps a spreadsheet from taking text for a formula.
 *  columns → [formula guard] → CSV
 *
 *  A cell that begins with = + - @, a tab or a carriage return is computed, or even run, by the program that opens the list (CWE-1236). Such a text gets
 *  an apostrophe in front, which spreadsheets take for "text follows", and so does one that begins with an apostrophe: the way back is then unambiguous. */

export function guard(text: string): string {
  return /^['=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** The inverse. An apostrophe before anything else was written by a person, and stays. */
export function unguard(cell: string): string {
  return /^'['=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
