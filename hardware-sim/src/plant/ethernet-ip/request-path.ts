/** The path of a CIP request: which object or tag it is for.
 *  request → [request path] → message router
 *
 *  Source: ODVA Vol 1 Appendix C-1.4; 1756-PM020, "CIP addressing". */

export type PathSegment =
  | { readonly kind: "class" | "instance" | "element" | "attribute"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "port"; readonly port: number; readonly link: string };

const LOGICAL: Readonly<Record<number, "class" | "instance" | "element" | "attribute">> = {
  32: "class",
  36: "instance",
  40: "element",
  48: "attribute",
};

/** @returns undefined if the bytes are no path. */
export function parsePath(bytes: Uint8Array): PathSegment[] | undefined {
  const path = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const segments: PathSegment[] = [];
  for (let at = 0; at < path.length; ) {
    const head = path[at]!;
    if (head === 0x91) {
      const length = path[at + 1] ?? 0;
      if (length === 0 || at + 2 + length > path.length) return undefined;
      segments.push({ kind: "name", name: path.toString("latin1", at + 2, at + 2 + length) });
      at += 2 + length + (length % 2);
      continue;
    }
    if (head >> 5 === 0) {
      const extended = (head & 0x10) !== 0;
      const length = extended ? (path[at + 1] ?? 0) : 1;
      const start = extended ? at + 2 : at + 1;
      if (length === 0 || start + length > path.length) return undefined;
      const link = extended ? path.toString("latin1", start, start + length) : String(path[start]);
      segments.push({ kind: "port", port: head & 0x0f, link });
      at = start + length;
      if ((at & 1) === 1) at++;
      continue;
    }
    const kind = LOGICAL[head & 0xfc];
    const width = head & 0x03;
    if (kind === undefined || width === 3) return undefined;
    const size = [2, 4, 6][width]!;
    if (at + size > path.length) return undefined;
    const value = width === 0 ? path[at + 1]! : width === 1 ? path.readUInt16LE(at + 2) : path.readUInt32LE(at + 2);
    segments.push({ kind, value });
    at += size;
  }
  return segments;
}

/** "Program:Main.Motor[2].Speed" */
export function writePath(path: readonly PathSegment[]): string {
  let text = "";
  for (const segment of path) {
    if (segment.kind === "name") text += text === "" ? segment.name : `.${segment.name}`;
    else if (segment.kind === "element") text += `[${segment.value}]`;
  }
  return text;
}
