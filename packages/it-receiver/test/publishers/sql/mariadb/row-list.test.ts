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
