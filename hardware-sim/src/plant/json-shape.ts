/** A JSON document with places for values: objects throughout, so that /0/total has a member named "0".
 *  REST section, MQTT section → [JSON shape] → body of a reply, payload of a message */
import type { HeldValue } from "./held-value.ts";

type Node = Map<string, Node> | number;

/** JSON.rawJSON: ECMAScript 2026, JSON.parse source text access. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

export class JsonShape {
  #root: Node | undefined;
  #places = 0;

  /** @returns the number of the place, from 0; undefined if it is taken, or lies above or below one that is. */
  place(pointer: string): number | undefined {
    const tokens = pointer.split("/").slice(1).map(unescapeToken);
    const last = tokens.pop();
    if (last === undefined) {
      if (this.#root !== undefined) return undefined;
      this.#root = this.#places;
      return this.#places++;
    }
    this.#root ??= new Map();
    let node = this.#root;
    for (const token of tokens) {
      if (typeof node === "number") return undefined;
      const next: Node = node.get(token) ?? new Map();
      node.set(token, next);
      node = next;
    }
    if (typeof node === "number" || node.has(last)) return undefined;
    node.set(last, this.#places);
    return this.#places++;
  }

  /** @param values  by place. Integers are written in full, whatever their size. */
  write(values: readonly (HeldValue | readonly HeldValue[])[]): string {
    return this.#root === undefined ? "{}" : writeNode(this.#root, values);
  }
}

function writeNode(node: Node, values: readonly (HeldValue | readonly HeldValue[])[]): string {
  if (typeof node === "number")
    return JSON.stringify(values[node], (_key, value: unknown) =>
      typeof value === "bigint" ? rawJSON(String(value)) : value,
    );
  return `{${[...node].map(([key, each]) => `${JSON.stringify(key)}:${writeNode(each, values)}`).join(",")}}`;
}

function unescapeToken(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}
