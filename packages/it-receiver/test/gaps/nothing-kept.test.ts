import { createProgram, exitCodeOf, StationError } from "@nonreturn/station";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { addAlarmsCommand } from "../../src/alarms/alarms-command.ts";
import { addGapsCommand } from "../../src/gaps/gaps-command.ts";
import { addSqlCommand } from "../../src/sql/sql-command.ts";
import { addVerifyCommand } from "../../src/verify/verify-command.ts";

it.each([
  ["gaps", "nothing yet"],
  ["gaps --json", "nothing yet"],
  ["verify", "nothing yet"],
  ["alarms", "no history yet"],
  ["sql SELECT*FROM(tag)", "no history yet"],
])("`%s` on a station that has kept nothing says so, and how to start it", async (commandLine, what) => {
  const folder = temporaryFolder();
  const print = (line: string): void => expect.fail(`printed ${line}`);
  const program = createProgram("nonreturn-it", "", "0");
  addGapsCommand(program, { print, dataFolderOf: () => folder });
  addAlarmsCommand(program, { print, dataFolderOf: () => folder });
  addSqlCommand(program, { print, dataFolderOf: () => folder });
  addVerifyCommand(program, {
    print,
    foldersOf: () => ({ dataFolder: folder, keysFolder: folder }),
    setExitCode: (code) => expect.fail(`exit code ${code}`),
  });
  const error = await program
    .parseAsync([...commandLine.split(" "), "--config", "it.yaml"], { from: "user" })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StationError);
  expect(error).toMatchObject({
    code: "STORE_MISSING",
    what: expect.stringContaining(what),
    where: expect.stringContaining(folder),
    action: expect.stringContaining("nonreturn-it run"),
  });
  expect(exitCodeOf(error)).toBe(4);
});
