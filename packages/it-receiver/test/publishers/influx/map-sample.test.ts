import type { AlarmEvent, TagDefinition } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alarmLineOf, lineOf, seriesOf, tagValue } from "../../../src/publishers/influx/map-sample.ts";

const T0 = 1_795_420_800_000_001;

function tag(path: string, more: Partial<TagDefinition> = {}): TagDefinition {
  const common = { tagId: 1, unit: "", description: "", device: "", maximumSilenceMs: 0, retired: false };
  return { ...common, path, dataType: "FLOAT64", ...more };
}

describe("InfluxDB lines", () => {
  it("name the tag by its path, device and unit, sorted", () => {
    expect(seriesOf("plant", tag("a b/c,d=e", { unit: "°C", device: "plc 1" }))).toEqual({
      key: "plant,device=plc\\ 1,path=a\\ b/c\\,d\\=e,unit=°C",
      fields: "",
    });
    expect(seriesOf("plant", tag("")).key).toBe("plant,path=%");
  });

  it.each([
    [21.5, 'kind="number",status=0i,value=21.5'],
    [-0, 'kind="number",status=0i,value=0,text="-0"'],
    [Number.NaN, 'kind="number",status=0i,text="NaN"'],
    [true, 'kind="boolean",status=0i,value=1'],
    [2n ** 64n - 1n, 'kind="bigint",status=0i,value=18446744073709552000,text="18446744073709551615"'],
    ['say "hi" \\', 'kind="string",status=0i,text="say \\"hi\\" \\\\"'],
    [Uint8Array.of(0, 255), 'kind="bytes",status=0i,text="00ff"'],
    [[1, 2], 'kind="array",status=0i,text="[1,2]"'],
    [null, 'kind="none",status=0i'],
  ])("carry %s exactly", (value, fields) => {
    expect(lineOf(seriesOf("p", tag("t")), value, 0, T0, "live")).toBe(`p,path=t ${fields} ${T0}\n`);
  });

  it("say that a sample is historical", () => {
    expect(lineOf(seriesOf("p", tag("t")), 1, 0, T0, "historical")).toBe(
      `p,path=t kind="number",status=0i,value=1,historical=true ${T0}\n`,
    );
  });

  it("carry an alarm event in a measurement of its own", () => {
    const event = {
      ...{ eventSequence: 7, tagId: 1, condition: "High", state: "active", severity: 500 },
      ...{ text: 'too "high"', value: 98.5, time: T0 },
    } as const;
    const line = (more: object, role: "live" | "historical" = "live") =>
      alarmLineOf("p", tag("a b"), { ...event, ...more } as AlarmEvent, role);
    expect(line({})).toBe(
      `p_alarm,condition=High,path=a\\ b active=true,severity=500i,event=7i,text="too \\"high\\"",value=98.5,value_text="98.5" ${T0}\n`,
    );
    expect(line({ state: "inactive", value: null, text: "" }, "historical")).toBe(
      `p_alarm,condition=High,path=a\\ b active=false,severity=500i,event=7i,text="",historical=true ${T0}\n`,
    );
    expect(line({ condition: "" })).toContain("p_alarm,condition=%,path");
    expect(line({ condition: "x".repeat(2000) })).toMatch(
      /^p_alarm,condition=%~[0-9a-f]{64},.*,long_condition="x{2000}" /,
    );
  });

  it("never let a path end its tag, its line or its series (property)", () => {
    const unit = fc.oneof(
      fc.constantFrom("\n", "\\", ",", "=", " ", '"', "\0", "%", "ä", "a"),
      fc.string({ maxLength: 1 }),
    );
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (path) => {
        const escaped = tagValue(path);
        expect(escaped).not.toMatch(/[\n\0]|(?<!\\)[,= ]|\\$/);
        expect(seen.get(escaped) ?? path).toBe(path); // injective
        seen.set(escaped, path);
      }),
      { seed: 20261125, numRuns: 2000 },
    );
  });

  it("shorten a path beyond the limit of a series, and carry it whole beside", () => {
    const { key, fields } = seriesOf("p", tag("x".repeat(60_000)));
    expect(key).toMatch(/^p,path=%~[0-9a-f]{64}$/);
    expect(fields).toBe(`,long_path="${"x".repeat(60_000)}"`);
  });
});
