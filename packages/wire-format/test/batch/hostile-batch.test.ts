import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BATCH_LIMITS, type Batch, BatchKind } from "../../src/batch/batch.ts";
import { ByteWriter } from "../../src/batch/byte-writer.ts";
import { decodeBatch } from "../../src/batch/decode-batch.ts";
import { encodeBatch } from "../../src/batch/encode-batch.ts";
import { WireError } from "../../src/wire-error.ts";
import { exampleBatches } from "./example-batches.ts";
import { anyRows, columnsOf } from "./sample-rows.ts";

const KINDS = Object.values(BatchKind);

/** "ok", or the code of the WireError; anything else thrown fails the test. */
function outcome(kind: BatchKind, plain: Uint8Array): string {
  let batch: Batch;
  try {
    batch = decodeBatch(kind, plain);
  } catch (error) {
    if (error instanceof WireError && (error.code === "BATCH_MALFORMED" || error.code === "BATCH_LIMIT"))
      return error.code;
    throw error;
  }
  encodeBatch(batch); // whatever is accepted is a valid batch
  return "ok";
}

/** A message from [field, content] pairs; content is a varint or bytes. */
function message(...fields: readonly (readonly [number, number | Uint8Array])[]): Uint8Array {
  const out = new ByteWriter();
  for (const [field, content] of fields) {
    out.varint32((field << 3) | (typeof content === "number" ? 0 : 2));
    if (typeof content === "number") out.varint32(content);
    else {
      out.varint32(content.length);
      out.raw(content);
    }
  }
  return out.take();
}

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

/** One row: tag 1, time 0, Good, value given as a ValueColumns message. */
function oneRow(values: Uint8Array): Uint8Array {
  return message([2, bytes(1)], [3, bytes(0)], [4, bytes(1)], [5, bytes(1)], [6, bytes(0, 0, 0, 0)], [7, values]);
}

describe("a hostile batch", () => {
  it("of random bytes is refused or harmless, never another error", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.uint8Array({ maxLength: 200 }), (kind, plain) => {
        seen.add(outcome(kind, plain));
      }),
      { seed: 6, numRuns: 20_000 },
    );
    expect(seen).toContain("BATCH_MALFORMED"); // control: the fuzzing reaches the refusals
  });

  it("made from a valid one by changing, cutting and inserting bytes is refused or harmless", () => {
    const valid = exampleBatches().map((batch) => ({ kind: BatchKind[batch.kind], plain: encodeBatch(batch) }));
    const seen = new Set<string>();
    const change = fc.record({
      at: fc.nat(),
      value: fc.integer({ min: 0, max: 255 }),
      how: fc.constantFrom("set", "cut", "insert", "drop"),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        ({ kind, plain }, changes) => {
          let mutated = [...plain];
          for (const { at, value, how } of changes) {
            const place = at % (mutated.length + 1);
            if (how === "set") mutated[place % Math.max(mutated.length, 1)] = value;
            else if (how === "cut") mutated = mutated.slice(0, place);
            else if (how === "insert") mutated.splice(place, 0, value);
            else mutated.splice(place, 1);
          }
          seen.add(outcome(kind, Uint8Array.from(mutated)));
        },
      ),
      { seed: 7, numRuns: 20_000 },
    );
    expect(seen).toContain("BATCH_MALFORMED"); // control: both outcomes are reached
    expect(seen).toContain("ok");
  });

  it("cut short anywhere is never taken for the whole", () => {
    fc.assert(
      fc.property(anyRows, fc.nat(), (rows, cut) => {
        const plain = encodeBatch({ kind: "data", directoryRevision: 0, samples: columnsOf(rows) });
        fc.pre(plain.length > 1);
        const length = 1 + (cut % (plain.length - 1));
        expect(outcome(BatchKind.data, plain.subarray(0, length))).not.toBe("ok");
      }),
      { seed: 8, numRuns: 1_000 },
    );
  });

  it.each([
    ["nothing at all is an empty batch", bytes(), "ok"],
    ["the one row that the others vary", oneRow(message([1, bytes(3)], [2, bytes(2)])), "ok"],
    ["an unknown field is passed over", message([15, 9], ...[]), "ok"],
    ["a field that occurs twice", message([1, 1], [1, 2]), "BATCH_MALFORMED"],
    ["a column of another wire type", message([7, 1]), "BATCH_MALFORMED"],
    ["a group", bytes(0x7b, 0x7c), "BATCH_MALFORMED"],
    ["field number 0", bytes(0x02, 0x00), "BATCH_MALFORMED"],
    ["a length past the end", bytes(0x3a, 0x05, 0x00), "BATCH_MALFORMED"],
    [
      "a varint of 33 bits",
      message([2, bytes(0xff, 0xff, 0xff, 0xff, 0x1f)], [7, message([1, bytes(0)])]),
      "BATCH_MALFORMED",
    ],
    [
      "more rows in runs than values",
      message(
        [2, bytes(2)],
        [3, bytes(0)],
        [4, bytes(1, 1)],
        [5, bytes(1)],
        [6, bytes(0, 0, 0, 0)],
        [7, message([1, bytes(0)])],
      ),
      "BATCH_MALFORMED",
    ],
    [
      "2^32 − 1 rows in a run",
      message([2, bytes(0xff, 0xff, 0xff, 0xff, 0x0f)], [3, bytes(0)], [4, bytes(1)], [7, message([1, bytes(0)])]),
      "BATCH_MALFORMED",
    ],
    [
      "an empty run",
      message(
        [2, bytes(0, 1)],
        [3, bytes(0, 0)],
        [4, bytes(1)],
        [5, bytes(1)],
        [6, bytes(0, 0, 0, 0)],
        [7, message([1, bytes(0)])],
      ),
      "BATCH_MALFORMED",
    ],
    [
      "fewer rows in status runs",
      message([2, bytes(1)], [3, bytes(0)], [4, bytes(1)], [7, message([1, bytes(0)])]),
      "BATCH_MALFORMED",
    ],
    [
      "a status left over",
      message(
        [2, bytes(1)],
        [3, bytes(0)],
        [4, bytes(1)],
        [5, bytes(1)],
        [6, bytes(0, 0, 0, 0, 0, 0, 0, 0)],
        [7, message([1, bytes(0)])],
      ),
      "BATCH_MALFORMED",
    ],
    [
      "a tag twice in a run",
      message(
        [2, bytes(2)],
        [3, bytes(0)],
        [4, bytes(1, 0)],
        [5, bytes(2)],
        [6, bytes(0, 0, 0, 0)],
        [7, message([1, bytes(0, 0)])],
      ),
      "BATCH_MALFORMED",
    ],
    [
      "a tag id above 32 bits",
      message(
        [2, bytes(2)],
        [3, bytes(0)],
        [4, bytes(0xff, 0xff, 0xff, 0xff, 0x0f, 1)],
        [5, bytes(2)],
        [6, bytes(0, 0, 0, 0)],
        [7, message([1, bytes(0, 0)])],
      ),
      "BATCH_MALFORMED",
    ],
    [
      "a timestamp before 1970",
      message(
        [2, bytes(1)],
        [3, bytes(1)],
        [4, bytes(1)],
        [5, bytes(1)],
        [6, bytes(0, 0, 0, 0)],
        [7, message([1, bytes(0)])],
      ),
      "BATCH_MALFORMED",
    ],
    ["an integer column too long", oneRow(message([1, bytes(3)], [2, bytes(2, 2)])), "BATCH_MALFORMED"],
    ["an integer column too short", oneRow(message([1, bytes(3)])), "BATCH_MALFORMED"],
    ["an unknown value code", oneRow(message([1, bytes(0x0c)])), "BATCH_MALFORMED"],
    ["exponent 0", oneRow(message([1, bytes(0x10)], [2, bytes(2)])), "BATCH_MALFORMED"],
    ["exponent family 4", oneRow(message([1, bytes(0x41)], [2, bytes(2)])), "BATCH_MALFORMED"],
    ["half a float", oneRow(message([1, bytes(5)], [4, bytes(0, 0)])), "BATCH_MALFORMED"],
    [
      "a wide integer of 2^63",
      oneRow(message([1, bytes(4)], [3, bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)])),
      "BATCH_MALFORMED",
    ],
    [
      "a varint of 65 bits",
      oneRow(message([1, bytes(7)], [6, bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2)])),
      "BATCH_MALFORMED",
    ],
    [
      "a string longer than its bytes",
      oneRow(message([1, bytes(9)], [8, bytes(2)], [9, bytes(0x61)])),
      "BATCH_MALFORMED",
    ],
    [
      "a string over the limit",
      oneRow(message([1, bytes(9)], [8, bytes(0x81, 0x80, 0x04)], [9, new Uint8Array(65_537)])),
      "BATCH_LIMIT",
    ],
    ["a string that is no UTF-8", oneRow(message([1, bytes(9)], [8, bytes(1)], [9, bytes(0xff)])), "BATCH_MALFORMED"],
    [
      "a surrogate in UTF-8",
      oneRow(message([1, bytes(9)], [8, bytes(3)], [9, bytes(0xed, 0xa0, 0x80)])),
      "BATCH_MALFORMED",
    ],
    ["an array of one element", oneRow(message([1, bytes(11)], [12, bytes(1)], [13, message([1, bytes(1)])])), "ok"],
    [
      "an array over the limit",
      oneRow(
        message([1, bytes(11)], [12, bytes(0x81, 0x80, 0x01)], [13, message([1, new Uint8Array(16_385).fill(1)])]),
      ),
      "BATCH_LIMIT",
    ],
    ["an array without its elements", oneRow(message([1, bytes(11)], [12, bytes(1)])), "BATCH_MALFORMED"],
    [
      "elements left over",
      oneRow(message([1, bytes(11)], [12, bytes(1)], [13, message([1, bytes(1, 1)])])),
      "BATCH_MALFORMED",
    ],
    ["elements without an array", oneRow(message([1, bytes(1)], [13, message([1, bytes(1)])])), "BATCH_MALFORMED"],
    [
      "an absent element",
      oneRow(message([1, bytes(11)], [12, bytes(1)], [13, message([1, bytes(0)])])),
      "BATCH_MALFORMED",
    ],
    [
      "an array inside an array",
      oneRow(message([1, bytes(11)], [12, bytes(1)], [13, message([1, bytes(11)], [12, bytes(0)])])),
      "BATCH_MALFORMED",
    ],
    ["more values than the limit", message([7, message([1, new Uint8Array(BATCH_LIMITS.samples + 1)])]), "BATCH_LIMIT"],
    ["more bytes than the limit", new Uint8Array(BATCH_LIMITS.plainBytes + 1), "BATCH_LIMIT"],
  ])("data: %s", (_, plain, expected) => {
    expect(outcome(BatchKind.data, plain)).toBe(expected);
  });

  it("nested ten thousand deep does not recurse", () => {
    let nested = bytes(1);
    for (let depth = 0; depth < 10_000; depth++) nested = message([13, nested]);
    expect(outcome(BatchKind.data, oneRow(nested))).toBe("BATCH_MALFORMED");
    expect(outcome(BatchKind.data, oneRow(message([1, bytes(11)], [12, bytes(1)], [13, nested])))).toBe(
      "BATCH_MALFORMED",
    );
  });

  it("with too many parts is refused before they are made", () => {
    const many = (field: number, count: number): Uint8Array => {
      const out = new ByteWriter();
      for (let part = 0; part < count; part++) {
        out.varint32((field << 3) | 2);
        out.byte(0);
      }
      return out.take();
    };
    expect(outcome(BatchKind.events, many(2, BATCH_LIMITS.events + 1))).toBe("BATCH_LIMIT");
    expect(outcome(BatchKind.directory, many(4, BATCH_LIMITS.directoryTags + 1))).toBe("BATCH_LIMIT");
    expect(outcome(BatchKind.loss, many(1, BATCH_LIMITS.lossRecords + 1))).toBe("BATCH_LIMIT");
    expect(outcome(BatchKind.status, many(5, BATCH_LIMITS.devices + 1))).toBe("BATCH_LIMIT");
    expect(outcome(BatchKind.status, many(6, BATCH_LIMITS.figures + 1))).toBe("BATCH_LIMIT");
  });

  it("of an unknown kind is refused", () => {
    expect(outcome(9 as BatchKind, bytes())).toBe("BATCH_MALFORMED");
  });
});
