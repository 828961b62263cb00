import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { repairSymbols, sourceSymbol } from "../../src/fec/encode.ts";
import { inverse, multiply } from "../../src/fec/galois.ts";
import { parityCoefficient } from "../../src/fec/parity-matrix.ts";
import { chooseProtection } from "../../src/fec/protection.ts";
import { recoverBlock } from "../../src/fec/recover.ts";

interface FecVector {
  field: { products: [number, number, number][]; inverses: [number, number][] };
  k: number;
  n: number;
  symbolBytes: number;
  blockBytes: number;
  block: string;
  parityRows: Record<string, number[]>;
  symbols: Record<string, string>;
}

const vector: FecVector = JSON.parse(readFileSync(new URL("../vectors/fec-block.json", import.meta.url), "utf8"));
const block = Uint8Array.from(Buffer.from(vector.block, "hex"));
const symbols = new Map(
  Object.entries(vector.symbols).map(([index, hex]) => [Number(index), Uint8Array.from(Buffer.from(hex, "hex"))]),
);

describe("the block of fec-block.json", () => {
  test("field and parity rows", () => {
    for (const [a, b, product] of vector.field.products) expect(multiply(a, b)).toBe(product);
    for (const [a, inverted] of vector.field.inverses) expect(inverse(a)).toBe(inverted);
    for (const [index, row] of Object.entries(vector.parityRows)) {
      expect(row.map((_, source) => parityCoefficient(Number(index), source))).toEqual(row);
    }
  });

  test("k, n and symbol size are what is chosen for it at symbols of at most 48 bytes", () => {
    const { k: sourceSymbols, n: totalSymbols, symbolBytes } = vector;
    const chosen = chooseProtection(vector.blockBytes, { maxSymbolBytes: 48, redundancyPercent: 25 });
    expect(chosen).toEqual({ sourceSymbols, totalSymbols, symbolBytes });
  });

  test("every symbol", () => {
    expect([...symbols.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 254]);
    for (const [index, symbol] of symbols) {
      const made =
        index < vector.k
          ? sourceSymbol(block, vector.k, vector.symbolBytes, index)
          : repairSymbols(block, vector.k, vector.symbolBytes, [index])[0]!;
      expect(Buffer.from(made).toString("hex")).toBe(Buffer.from(symbol).toString("hex"));
    }
  });

  test("any three symbols give the block", () => {
    const indices = [...symbols.keys()];
    for (const a of indices) {
      for (const b of indices.filter((index) => index > a)) {
        for (const c of indices.filter((index) => index > b)) {
          const held = new Map([a, b, c].map((index) => [index, symbols.get(index)!]));
          expect(Buffer.compare(recoverBlock(held, vector.k, vector.symbolBytes, vector.blockBytes)!, block)).toBe(0);
        }
      }
    }
  });
});
