import { expect, test } from "vitest";
import { startProgram } from "../../../../test/support/child-program.ts";

async function run(...args: string[]) {
  const program = startProgram([new URL("../fixtures/program.ts", import.meta.url).pathname, ...args]);
  const { code } = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

test("a command runs", async () => {
  expect(await run("run", "--config", "a.yaml")).toEqual({ code: 0, stdout: "running a.yaml\n", stderr: "" });
});

test("help and version end with 0", async () => {
  expect(await run("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("run") });
  expect(await run("run", "--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("--config <file>") });
  expect(await run("--version")).toMatchObject({ code: 0, stdout: "1.2.3\n" });
});

test.each([
  [["rnu"], "Did you mean run?"],
  [["run", "--config", "x", "--confgi"], "Did you mean --config?"],
  [["run"], "required option '--config <file>' not specified"],
  [["run", "--config", "x", "surplus"], "too many arguments"],
])("a wrong command line (%j) ends with 2 and says what is possible", async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test("no command at all shows the help and ends with 2", async () => {
  expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining("Usage: nonreturn-x") });
});

test("an error of an action is told in three lines and gives its exit code", async () => {
  expect(await run("fail")).toEqual({
    code: 2,
    stdout: "",
    stderr: "error CONFIG_INVALID: one mistake\n   at f\n   do Correct it.\n",
  });
  expect(await run("defect")).toMatchObject({ code: 1, stderr: expect.stringContaining("TypeError: a defect") });
});

test("a reader who has seen enough does not end it with an error", async () => {
  const command = `"${process.execPath}" "${new URL("../fixtures/program.ts", import.meta.url).pathname}" talk`;
  const program = startProgram(["-c", `{ ${command}; echo "ended with $?" >&2; } | head -n 1`], { command: "/bin/sh" });
  await program.ended;
  expect(program.stdout()).toBe(`${"x".repeat(1000)}\n`);
  expect(program.stderr()).toBe("said it all\nended with 0\n");
});
