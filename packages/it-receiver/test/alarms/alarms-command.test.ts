import { createProgram } from "@nonreturn/station";
import { expect, it } from "vitest";
import { addAlarmsCommand } from "../../src/alarms/alarms-command.ts";
import { historianBench } from "../publishers/historian/historian-bench.ts";
import { alarm, eventEntry, tag } from "../publishers/support/samples.ts";

it("lists what is active, most severe first, of the newest journal, with nothing that commands a terminal", async () => {
  const { folder, publish } = await historianBench();
  const tags = [tag(1, "plant/oil", { unit: "°C" }), tag(2, "plant/\u001b[2J\nforged\u202e", { unit: "" })];
  const list = async (...more: string[]): Promise<string[]> => {
    const lines: string[] = [];
    const program = createProgram("nonreturn-it", "", "0");
    addAlarmsCommand(program, { print: (line) => void lines.push(line), dataFolderOf: () => folder });
    await program.parseAsync(["alarms", "--config", "it.yaml", ...more], { from: "user" });
    return lines;
  };
  await publish([eventEntry(1, [alarm(1, 1, { state: "inactive" })], tags)]);
  expect(await list()).toEqual(["No alarms are active."]);
  await publish([
    eventEntry(
      2,
      [
        alarm(2, 1, { text: "too warm", value: 71.5, severity: 500 }),
        alarm(3, 2, { condition: "Discrete", text: "", value: null, severity: 900 }),
        alarm(4, 1, { condition: "Low" }),
        alarm(5, 1, { condition: "Low", state: "inactive" }),
      ],
      tags,
    ),
  ]);
  const lines = await list();
  expect(lines).toEqual([
    "2 active:",
    expect.stringMatching(/^ {2}plant\/�\[2J�forged�: Discrete, severity 900, since 2026-11-23T/),
    expect.stringMatching(/^ {2}plant\/oil: High, too warm \(71\.5 °C\), severity 500, since 2026-11-23T/),
  ]);
  const told = JSON.parse((await list("--json"))[0]!);
  expect(told).toMatchObject({
    active: 2,
    alarms: [{ path: tags[1]!.path, value_text: null }, { value_text: "71.5" }],
  });
  await publish([eventEntry(3, [alarm(1, 1, { text: "of the newer journal" })], tags, "live", 101)]);
  expect(await list()).toEqual(["1 active:", expect.stringContaining("of the newer journal")]);
});
