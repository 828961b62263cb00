import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, StationError } from "@nonreturn/station";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import type { Scope } from "../../../src/publishers/rest/config.ts";
import { Problem } from "../../../src/publishers/rest/problem.ts";
import { Tokens } from "../../../src/publishers/rest/tokens.ts";
import { T0 } from "../support/samples.ts";

const SECRET = "correct-horse-battery-staple";
/** printf %s correct-horse-battery-staple | sha256sum */
const SHA256 = "87cbebfeebc05f7c54ac9336c4b4bbec831227a641951a4bde7edd56020f8590";

function gate(tokens: ConstructorParameters<typeof Tokens>[0]) {
  const clock = manualClock(T0);
  const made = new Tokens(tokens, clock, createLog({ name: "test", level: "silent" }));
  const ask = (token: string | undefined, scope: Scope = "tags", address = "a"): number => {
    try {
      made.admit(token === undefined ? undefined : `Bearer ${token}`, address, scope);
      return 200;
    } catch (error) {
      if (error instanceof Problem) return error.status;
      throw error;
    }
  };
  return { clock, ask };
}

function fileWith(text: string, mode = 0o600): string {
  const path = join(temporaryFolder(), "token");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("tokens", () => {
  it("from a file or by their digest let in, each with its scopes", () => {
    const { ask } = gate([
      { name: "file", tokenFile: fileWith(`${"f".repeat(32)}\n`), scopes: ["tags", "gaps"] },
      { name: "digest", sha256: SHA256, scopes: ["history"] },
    ]);
    expect([ask("f".repeat(32)), ask("f".repeat(32), "gaps"), ask("f".repeat(32), "history")]).toEqual([200, 200, 403]);
    expect([ask(SECRET, "history"), ask(SECRET, "tags")]).toEqual([200, 403]);
    expect([ask(undefined), ask("f".repeat(31)), ask(SHA256), ask("")]).toEqual([401, 401, 401, 401]);
  });

  it("that are wrong may be tried ten times a minute from one address; others are not held up", () => {
    const { ask, clock } = gate([{ name: "digest", sha256: SHA256, scopes: ["tags"] }]);
    for (let attempt = 0; attempt < 10; attempt++) expect(ask("wrong")).toBe(401);
    expect([ask("wrong"), ask(SECRET)]).toEqual([429, 429]);
    expect(ask(SECRET, "tags", "b")).toBe(200);
    clock.advance(60_001);
    expect(ask(SECRET)).toBe(200);
  });

  it("left out are no attempt", () => {
    const { ask } = gate([{ name: "digest", sha256: SHA256, scopes: ["tags"] }]);
    for (let attempt = 0; attempt < 50; attempt++) expect(ask(undefined)).toBe(401);
    expect(ask(SECRET)).toBe(200);
  });

  it.each([
    ["", 0o600, "REST_TOKEN"],
    ["short", 0o600, "REST_TOKEN"],
    [`two ${"x".repeat(30)}`, 0o600, "REST_TOKEN"],
    [`${"x".repeat(30)}\n${"y".repeat(30)}\n`, 0o600, "REST_TOKEN"],
    ["x".repeat(32), 0o644, "FILE_NOT_PRIVATE"],
  ])("in a file with %j, mode %o, stop the start: %s", (text, mode, code) => {
    const tokenFile = fileWith(text, mode);
    let error: unknown;
    try {
      gate([{ name: "t", tokenFile, scopes: ["tags"] }]);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(StationError);
    expect((error as StationError).code).toBe(code);
  });
});
