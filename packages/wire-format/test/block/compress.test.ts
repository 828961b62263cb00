import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BATCH_LIMITS } from "../../src/batch/batch.ts";
import { encodeBatch } from "../../src/batch/encode-batch.ts";
import { Codec, compress, decompress } from "../../src/block/compress.ts";
import { SampleColumnsBuilder } from "../../src/sample/sample-columns.ts";
import { WireError } from "../../src/wire-error.ts";

function codeOf(action: () => unknown): string {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe("compression", () => {
  it("comes back exactly, and is never longer than the plain bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 2_000 }),
          fc.nat(5_000).map((length) => new Uint8Array(length).fill(7)),
        ),
        (plain) => {
          const { codec, bytes } = compress(plain);
          expect(bytes.length).toBeLessThanOrEqual(plain.length);
          expect(codec === Codec.stored).toBe(bytes.length === plain.length);
          expect(Buffer.from(decompress(codec, bytes, plain.length)).equals(plain)).toBe(true);
        },
      ),
      { seed: 10, numRuns: 2_000 },
    );
  });

  it("writes the LZ4 block alone: no length prefix, no frame", () => {
    const plain = Buffer.from("hello hello hello hello hello hello hello hello hello");
    // LZ4 block format: token, literals "hello ", match offset 6 …, last five bytes are literals
    expect(Buffer.from(compress(plain).bytes).toString("hex")).toBe("6f68656c6c6f20060016602068656c6c6f");
  });

  it("allocates the signed length only, whatever the bytes would inflate to", () => {
    const { bytes } = compress(new Uint8Array(1_000_000));
    expect(codeOf(() => decompress(Codec.lz4Block, bytes, 1_000_000))).toBe("ok");
    expect(codeOf(() => decompress(Codec.lz4Block, bytes, 999_999))).toBe("BLOCK_DECOMPRESS");
    expect(codeOf(() => decompress(Codec.lz4Block, bytes, 1_000_001))).toBe("BLOCK_DECOMPRESS");
    expect(codeOf(() => decompress(Codec.lz4Block, bytes, 0))).toBe("BLOCK_DECOMPRESS");
    expect(codeOf(() => decompress(Codec.lz4Block, bytes, BATCH_LIMITS.plainBytes + 1))).toBe("BATCH_LIMIT");
    expect(codeOf(() => decompress(Codec.stored, new Uint8Array(5), 6))).toBe("BLOCK_DECOMPRESS");
  });

  it("refuses damaged bytes or inflates them to the signed length, never another error", () => {
    const plain = Buffer.from("abcdefgh".repeat(50));
    const { bytes } = compress(plain);
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(40),
        (changes, cut) => {
          const damaged = Uint8Array.from(bytes.subarray(0, Math.max(0, bytes.length - (cut > 20 ? cut - 20 : 0))));
          for (const [at, value] of changes) if (damaged.length > 0) damaged[at % damaged.length] = value;
          seen.add(codeOf(() => decompress(Codec.lz4Block, damaged, plain.length)));
        },
      ),
      { seed: 11, numRuns: 5_000 },
    );
    expect(seen).toEqual(new Set(["ok", "BLOCK_DECOMPRESS"]));
  });

  it("keeps plant-like samples at no more than 4 bytes each", () => {
    // Random walks with six significant digits, as an 8-sensor loop at 1 s gives them: 500 samples per batch, times jitter.
    const random = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { seed: 17, numRuns: 600 }).values();
    const draw = (): number => random.next().value!;
    const mantissas = [26_587, 40_111, 133_020, 54_711, 793_366, 260_199, 233_062, 320_000];
    const exponents = [7, 7, 5, 6, 4, 4, 3, 4];
    const builder = new SampleColumnsBuilder();
    for (let scan = 0; scan < 62; scan++) {
      const timestamp = 1_795_420_800_000_000 + scan * 1_000_000 + Math.floor(draw() * 3_000);
      for (let tag = 0; tag < 8; tag++) {
        mantissas[tag]! += Math.round((draw() - 0.5) * 2_000);
        builder.push(1 + tag, Math.fround(mantissas[tag]! / 10 ** exponents[tag]!), 0, timestamp);
      }
    }
    const plain = encodeBatch({ kind: "data", directoryRevision: 1, samples: builder.take() });
    expect(compress(plain).bytes.length / 496).toBeLessThanOrEqual(4);
  });
});
