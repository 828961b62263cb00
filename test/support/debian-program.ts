/** Independent programs of test/setup-debian.sh: servers that run while a test does, clients that are run to their end.
 *  test → [Debian program] → mosquitto, mosquitto_sub, mbpoll, pymodbus, sqlite3, tshark, nmap */
import { execFile } from "node:child_process";
import { connect } from "node:net";
import { expect } from "vitest";
import { type ChildProgram, startProgram } from "./child-program.ts";

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
const DEADLINE_MS = 60_000;

/** Run a program to its end. Rejects, never skips, where it is not installed. */
export function runDebian(command: string, args: readonly string[], input?: string): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: MOST_OUTPUT_BYTES, timeout: DEADLINE_MS, encoding: "utf8" } as const;
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else
        reject(
          new Error(`${command} does not run (is it installed? test/setup-debian.sh): ${error.message}\n${stderr}`),
        );
    });
    child.stdin?.on("error", () => undefined); // it ended before it read everything
    child.stdin?.end(input ?? "");
  });
}

/** Start a server and wait until it accepts connections on `port` of 127.0.0.1. It ends with the test. */
export async function startDebianServer(command: string, args: readonly string[], port: number): Promise<ChildProgram> {
  const program = startProgram(args, { command });
  const gone = program.ended.then(
    () => Promise.reject(new Error(`${command} ended:\n${program.stdout()}\n${program.stderr()}`)),
    (error: Error) =>
      Promise.reject(new Error(`${command} does not start (is it installed? test/setup-debian.sh): ${error.message}`)),
  );
  gone.catch(() => undefined); // after it listened, its end is the test's
  const listening = expect.poll(() => accepts(port), { timeout: DEADLINE_MS, interval: 50 }).toBe(true);
  await Promise.race([listening, gone]);
  return program;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
