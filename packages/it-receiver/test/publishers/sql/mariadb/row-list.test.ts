import { ValueKind } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import type { PlainRows } from "../../../../src/publishers/sql/map-sample.ts";
import { dateTime, double, otherRows, plainRows, quoted } from "../../../../src/publishers/sql/mariadb/row-list.ts";

/** 2026-11-23T08:00:00.000001Z */
const TIME = 1_795_420_800_000_001;

function numbers(...values: number[]): PlainRows {
  const kinds = values.map(() => ValueKind.number);
  return {
    tags: values.map((_, at) => at),
    times: values.map(() => TIME),
    statusCodes: values.map(() => 0),
    kinds,
    values,
  };
}

describe("MariaDB row lists", () => {
  it("write numbers as doubles, and as text what a double there cannot hold", () => {
    expect([...plainRows(numbers(1, -0, Number.NaN, 1e300), "false")]).toEqual([
      "(0,'2026-11-23 08:00:00.000001',0,2,1e0,NULL,false),(1,'2026-11-23 08:00:00.000001',0,2,0e0,'-0',false)," +
        "(2,'2026-11-23 08:00:00.000001',0,2,NULL,'NaN',false),(3,'2026-11-23 08:00:00.000001',0,2,1e+300,NULL,false)",
    ]);
    expect(double(null)).toBe("NULL");
    expect(dateTime(TIME)).toBe("'2026-11-23 08:00:00.000001'");
  });

  it("are in the order of the index, each with its own time, status and kind", () => {
    const rows: PlainRows = {
      tags: [2, 1, 2, 1],
      times: [TIME, TIME, TIME + 1, TIME],
      statusCodes: [0, 0, 0, 0xffff_ffff],
      kinds: [ValueKind.number, ValueKind.boolean, ValueKind.number, ValueKind.none],
      values: [0.5, 1, 1.5, null],
    };
    expect([...plainRows(rows, "true")]).toEqual([
      "(1,'2026-11-23 08:00:00.000001',0,1,1e0,NULL,true),(1,'2026-11-23 08:00:00.000001',4294967295,0,NULL,NULL,true)," +
        "(2,'2026-11-23 08:00:00.000001',0,2,0.5e0,NULL,true),(2,'2026-11-23 08:00:00.000002',0,2,1.5e0,NULL,true)",
    ]);
  });

  it("quote every sign that could end a text", () => {
    expect(quoted("it's; -- \\ \0 \x1a \n")).toBe("'it\\'s; -- \\\\ \\0 \\Z \\n'");
    const rows = { ...numbers(7), integers: [2n ** 64n - 1n], texts: ["a'b"], bytes: [Uint8Array.of(0, 255)] };
    expect([...otherRows(rows, "true")]).toEqual([
      "(0,'2026-11-23 08:00:00.000001',0,2,7e0,'a\\'b',18446744073709551615,x'00ff',true)",
    ]);
  });

  it("are cut so that every statement stays small, and lose no row", () => {
    const lists = [...plainRows(numbers(...Array.from({ length: 50_000 }, (_, at) => at)), "false")];
    expect(lists.length).toBeGreaterThan(1);
    for (const list of lists) expect(list.length).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(lists.join(",").match(/\(/g)!.length).toBe(50_000);
    expect([...plainRows(numbers(), "false")]).toEqual([]);
  });
});
