import { ValueKind } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import type { OtherRows } from "../../../../src/publishers/sql/map-sample.ts";
import { numericField, otherFrames, plainFrames } from "../../../../src/publishers/sql/postgresql/copy-rows.ts";

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const plain = {
  tags: [258, 1],
  times: [946_684_800_000_001, 946_684_799_999_999], // one microsecond after 2000-01-01, and one before
  statusCodes: [0xffff_ffff, 0],
  kinds: [ValueKind.number, ValueKind.none],
  values: [-0, null],
};
const HEADER = "5047434f50590aff0d0a00" + "00000000" + "00000000";
const TAG_1 = "00000004" + "00000001" + "00000008" + "ffffffffffffffff" + "00000008" + "0000000000000000";
const TAG_258 = "00000004" + "00000102" + "00000008" + "0000000000000001" + "00000008" + "00000000ffffffff";
const NONE = "00000002" + "0000" + "ffffffff";
const MINUS_ZERO = "00000002" + "0002" + "00000008" + "8000000000000000";

describe("copy rows", () => {
  it("are what the manual says of the binary format, in the order of the index", () => {
    const [frame, ...more] = [...plainFrames(plain, true)];
    expect(more).toEqual([]);
    const rows = `0006${TAG_1}${NONE}0000000101` + `0006${TAG_258}${MINUS_ZERO}0000000101`;
    const length = (4 + (HEADER.length + rows.length + 4) / 2).toString(16).padStart(8, "0");
    expect(hexOf(frame!)).toBe(`64${length}${HEADER}${rows}ffff`);
  });

  it("carry 64-bit integers, texts and bytes as they are, NUL as the escape that texts have here", () => {
    const columns = { integers: [-42n, null], texts: [null, "ß\0"], bytes: [null, Uint8Array.of(0, 255)] };
    const [frame] = [...otherFrames({ ...plain, ...columns }, false)];
    const tag1 = ["0009", TAG_1, NONE, "0000000100", "ffffffff", "00000006c39fe2909b30", "0000000200ff"].join("");
    const tag258 = ["0009", TAG_258, MINUS_ZERO, "0000000100", "0000000a0001000040000000002a", "ffffffffffffffff"].join(
      "",
    );
    expect(hexOf(frame!).slice(10)).toBe(`${HEADER}${tag1}${tag258}ffff`);
  });

  // As PostgreSQL 18 sends them (SELECT numeric_send(…)); last groups of zeros, which it leaves out, it takes too.
  it.each([
    [0n, "0000000000000000"],
    [-42n, "0001000040000000002a"],
    [10_000n, "000200010000000000010000"],
    [2n ** 64n - 1n, "000500040000000007341a5802e103bb064f"],
    [-(2n ** 63n), "0005000440000000039a0d2c0170156516b0"],
  ])("write the integer %s as numeric", (value, hex) => {
    expect(hexOf(numericField(value))).toBe(hex);
  });

  it("come in frames of a bounded size, and a long text in one of its own", () => {
    const count = 5000;
    const column = <T>(value: T): T[] => Array.from({ length: count }, () => value);
    const texts = column<string | null>("short");
    texts[7] = "x".repeat(200_000);
    const rows: OtherRows = {
      tags: Array.from({ length: count }, (_, at) => at),
      times: column(0),
      statusCodes: column(0),
      kinds: column(ValueKind.string),
      values: column(null),
      integers: column(null),
      texts,
      bytes: column(null),
    };
    const frames = [...otherFrames(rows, false)].map(({ length }) => length);
    expect(frames.filter((length) => length > 200_000)).toHaveLength(1);
    expect(frames.filter((length) => length > 65_536)).toHaveLength(1);
    expect(frames.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(count * 60 + 200_000);
  });
});
