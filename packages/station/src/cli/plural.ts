/** A count with its noun, as people read it.
 *  count, noun → [plural] → lines for a person */

/** "1 block", "2 blocks". @param shown  the count as it is written, where that is not its digits alone: "2,000". */
export function plural(count: number, noun: string, shown: string = String(count)): string {
  return `${shown} ${noun}${count === 1 ? "" : "s"}`;
}

/** The same with a comma between thousands. */
export function grouped(count: number, noun: string): string {
  return plural(count, noun, count.toLocaleString("en-US"));
}
