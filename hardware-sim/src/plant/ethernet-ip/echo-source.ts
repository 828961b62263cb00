/** Values that tell where they come from, so that a mis-mapping shows.
 *  tag image → [echo source] → leaf */
import { isText } from "./controller-type.ts";
import type { Leaf, LeafSource } from "./tag-image.ts";

/** Beyond what a double tells apart. */
export const ECHO_BASE_64 = 9_007_199_254_740_993n; // 2^53 + 1

/**
 * The element's index; in a structure 100 · index + the member's place. A bit has the parity of that, text is its own name,
 * 64-bit integers begin beyond 2^53, and REALs are a half more, so that no integer is taken for one.
 */
export function echoSource(name: string, element: number, { path, type }: Leaf, order: number): LeafSource {
  const own = path === "" || path.startsWith("[") ? element + order : element * 100 + order;
  const value = isText(type)
    ? `${name}${path}`
    : type.name === "BOOL"
      ? parity(own) === 1
      : type.name === "LINT" || type.name === "ULINT"
        ? ECHO_BASE_64 + BigInt(own)
        : type.name.endsWith("REAL")
          ? own + 0.5
          : BigInt(own); // as a counter, which wraps in a small type
  return { at: () => value, constant: true };
}

export function parity(value: number): number {
  let bits = value;
  for (const shift of [16, 8, 4, 2, 1]) bits ^= bits >>> shift;
  return bits & 1;
}
