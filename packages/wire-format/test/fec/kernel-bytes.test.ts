import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { buildKernel } from "../../build-kernel.ts";
import { KERNEL_BASE64 } from "../../src/fec/kernel-bytes.ts";

test("the embedded module is kernel.wat, compiled: byte for byte", async () => {
  const committed = readFileSync(new URL("../../src/fec/kernel-bytes.ts", import.meta.url), "utf8");
  expect(await buildKernel()).toBe(committed);
  expect(Buffer.from(KERNEL_BASE64, "base64").subarray(0, 8).toString("hex")).toBe("0061736d01000000"); // magic and version
});

test("another source gives other bytes (positive control)", async () => {
  const source = readFileSync(new URL("../../src/fec/kernel.wat", import.meta.url), "utf8");
  const committed = readFileSync(new URL("../../src/fec/kernel-bytes.ts", import.meta.url), "utf8");
  const changed = source.replace("(i8x16.splat (i32.const 15))", "(i8x16.splat (i32.const 14))");
  expect(changed).not.toBe(source);
  expect(await buildKernel(changed)).not.toBe(committed);
});
