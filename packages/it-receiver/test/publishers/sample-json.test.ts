import { StatusCode, type Value } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { payloadOf } from "../../src/publishers/sample-json.ts";
import { T0, tag } from "./support/samples.ts";

const payload = (value: Value | null, statusCode: number = StatusCode.Good) =>
  payloadOf(value, statusCode, T0 + 123_456, tag(1), "live");

describe("sample as JSON", () => {
  it("has the documented fields in the documented order", () => {
    expect(payload(23.4)).toBe(
      '{"timestamp":"2026-11-23T08:00:00.123456Z","value":23.4,"quality":"good","qualityCode":0,"unit":"°C","historical":false}',
    );
  });

  it.each<[Value | null, string]>([
    [true, "true"],
    [0, "0"],
    [-0, "-0"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [Number.NaN, '"NaN"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
    [18_446_744_073_709_551_615n, '"18446744073709551615"'],
    [-9_223_372_036_854_775_808n, '"-9223372036854775808"'],
    ['"\\\n\u2028é', '"\\"\\\\\\n\u2028é"'],
    [Uint8Array.of(0, 255, 16), '"AP8Q"'],
    [[1, Number.NaN, -0], '[1,"NaN",-0]'],
    [[1n, 2n], '["1","2"]'],
    [[], "[]"],
    [null, "null"],
  ])("writes %s as %s", (value, json) => {
    expect(payload(value)).toContain(`"value":${json},"quality"`);
    JSON.parse(payload(value));
  });

  it("names quality, staleness and history", () => {
    expect(JSON.parse(payload(null, StatusCode.BadTimeout))).toMatchObject({ quality: "bad", qualityCode: 0x800a0000 });
    const stale = payloadOf(1, StatusCode.UncertainNoCommunicationLastUsableValue, T0, tag(1), "stale");
    expect(JSON.parse(stale)).toMatchObject({ quality: "uncertain", historical: false, stale: true });
    expect(JSON.parse(payloadOf(1, 0, T0, tag(1), "historical"))).toMatchObject({ historical: true });
    expect(payloadOf(1, 0, T0, tag(1), "historical")).not.toContain("stale");
    expect(JSON.parse(payloadOf(1, 0, T0, tag(1), "live", "a/long/path"))).toMatchObject({ path: "a/long/path" });
  });
});
