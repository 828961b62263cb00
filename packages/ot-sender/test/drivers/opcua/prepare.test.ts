import { expect, test, vi } from "vitest";
import { opcua } from "../../../src/drivers/opcua/index.ts";

const loaded = vi.hoisted(() => ({ libraries: 0 }));
vi.mock("../../../src/drivers/opcua/library.ts", () => {
  loaded.libraries++;
  return {};
});

test("the library is loaded before the first connect, by what the station calls before it scans, and not before that", async () => {
  expect(loaded.libraries).toBe(0);
  await opcua.prepare?.();
  expect(loaded.libraries).toBe(1);
});
