/** Bytes as a person reads them who tries addresses.
 *  readings → [hex words] → raw reading */

/** Two bytes to a word: "42C8 0000". */
export function hexWords(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .toUpperCase()
    .replace(/(.{4})(?=.)/g, "$1 ");
}
