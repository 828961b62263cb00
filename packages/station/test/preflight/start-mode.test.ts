import { createLog, enterMode, failed, markLog, modeFigures, modeWord, ok, unknown } from "@nonreturn/station";
import { expect, test } from "vitest";

function logLines() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, log: createLog({ name: "ot", level: "info", destination }) };
}

test("lab starts on any machine, is not even checked, and says LAB in every line of its log", () => {
  const { lines, log } = logLines();
  const marked = markLog("lab", log);
  enterMode("lab", marked, () => {
    throw new Error("not to be asked");
  });
  marked.info("later");
  expect(lines.map(({ mode }) => mode)).toEqual(["LAB", "LAB"]);
  expect(modeWord("lab")).toBe(", LAB");
  expect(modeFigures("ot_station", "lab").get("lab_mode")).toBe(1);
});

test("production logs what is not ok, and does not start on a failed check", () => {
  const { lines, log } = logLines();
  const findings = [
    ok("mtu", "1500"),
    unknown("rules", "cannot be read", "ask root"),
    failed("clock", "off", "start chrony"),
  ];
  expect(() => enterMode("production", markLog("production", log), () => ({ findings, accepted: [] }))).toThrow(
    expect.objectContaining({ code: "PREFLIGHT_FAILED" }),
  );
  expect(lines.map(({ check, state }) => [check, state])).toEqual([
    ["rules", "unknown"],
    ["clock", "failed"],
  ]);
  enterMode("production", log, () => ({ findings, accepted: ["clock"] }));
  expect(lines.every(({ mode }) => mode === undefined)).toBe(true);
  expect(modeFigures("ot_station", "production").get("lab_mode")).toBe(0);
});
