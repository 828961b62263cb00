import { createLog, systemClock } from "@nonreturn/station";
import { expect, test } from "vitest";
import { DeviceStates } from "../../src/scan/device-states.ts";

test("each change of state is logged once, with a reason where there is one", () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const states = new DeviceStates(systemClock, createLog({ name: "ot", level: "info", destination }), () => undefined);
  states.set("press", "connecting", "");
  states.set("press", "failed", "no route to host");
  states.set("press", "failed", "connection refused");
  states.set("press", "connected", "");
  states.forget("press");
  expect(lines.map(({ device, msg, reason }) => ({ device, msg, reason }))).toEqual([
    { device: "press", msg: "device connecting", reason: undefined },
    { device: "press", msg: "device failed", reason: "no route to host" },
    { device: "press", msg: "device connected", reason: undefined },
    { device: "press", msg: "device removed", reason: undefined },
  ]);
});
