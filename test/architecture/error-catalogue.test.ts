/** docs/errors.md lists exactly the errors that exist, with the exit code each one really gives. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodeOf } from "@nonreturn/station";
import { describe, expect, test } from "vitest";
import { codesOf, errorCodesIn } from "./error-codes.ts";

const ROOT = join(import.meta.dirname, "../..");

interface Row {
  readonly code: string;
  readonly exit: string;
  readonly condition: string;
  readonly action: string;
}

/** Table rows `| \`CODE\` | exit | condition | what to do |`. */
function rowsOf(page: string): Row[] {
  return [...page.matchAll(/^\| `([A-Z0-9_]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)].map(
    ([, code = "", exit = "", condition = "", action = ""]) => ({
      code,
      exit: exit.trim(),
      condition: condition.trim(),
      action: action.trim(),
    }),
  );
}

describe("the search for codes", () => {
  test("finds them in the forms we write, and only there", () => {
    const text = `
      type WireErrorCode = "BLOCK_HASH" | "GAP_CODE";
      throw new StationError({ code: "KEYS_MISSING", what: "x", action: "y" });
      throw new StationError({ code: late ? "CONTROL_FAILED" : "CONTROL_REFUSED", what: "x", action: "y" }, { cause });
      const parts = { code: "UDP_BIND", what: "x", action: "y" };
      const other = { code: "NOT_AN_ERROR" };
      Object.assign(new Error(), { code: "SQLITE_CORRUPT" });
      throw new StationError({ code, what, action });
      const HUNG = "PUBLISHER_HUNG";
      throw new StationError({ code: HUNG, what, action });
    `;
    expect(codesOf("a.ts", text)).toEqual({
      codes: [
        "BLOCK_HASH",
        "GAP_CODE",
        "KEYS_MISSING",
        "CONTROL_FAILED",
        "CONTROL_REFUSED",
        "UDP_BIND",
        "PUBLISHER_HUNG",
      ],
      unreadable: [],
    });
  });

  test("says where a code is hidden from it", () => {
    expect(codesOf("a.ts", "\nthrow new StationError({ code: made(), what, action });").unreadable).toEqual(["a.ts:2"]);
  });
});

describe("docs/errors.md", () => {
  const rows = rowsOf(readFileSync(join(ROOT, "docs/errors.md"), "utf8"));
  const { codes, unreadable } = errorCodesIn(ROOT);

  test("lists every code the source can make, and no other", () => {
    expect(unreadable).toEqual([]);
    const listed = rows.map(({ code }) => code).sort();
    expect(listed).toEqual([...codes.keys()].sort());
  });

  test("lists each once, with a condition, an action and the exit code it gives", () => {
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
    for (const { code, exit, condition, action } of rows) {
      expect(`${code} ${exit}`).toBe(`${code} ${exitCodeOf({ code })}`);
      expect(condition.length).toBeGreaterThan(10);
      expect(action.length).toBeGreaterThan(10);
    }
  });
});
