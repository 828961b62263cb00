/** Two serial ports joined by a cable, as far as programs can tell: pseudo-terminals by socat.
 *  test → socat → [serial pair] → driver, and device under test */
import { existsSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { startProgram } from "./child-program.ts";

const DEADLINE_MS = 20_000;

export interface SerialPort {
  readonly path: string;
  /** How often this process has it open now. */
  opened(): number;
}

export interface SerialPair {
  readonly ends: readonly [SerialPort, SerialPort];
  /** Pull the cable: both ports are gone. */
  cut(): Promise<void>;
}

/** @param folder  for the two links. Ends with the test. */
export async function startSerialPair(folder: string, name: string): Promise<SerialPair> {
  const paths = [join(folder, `${name}-a`), join(folder, `${name}-b`)] as const;
  const socat = startProgram(
    paths.map((path) => `pty,raw,echo=0,link=${path}`),
    { command: "socat" },
  );
  await expect.poll(() => paths.every((path) => existsSync(path)), { timeout: DEADLINE_MS, interval: 20 }).toBe(true);
  return {
    ends: [portAt(paths[0]), portAt(paths[1])],
    async cut() {
      socat.signal("SIGTERM");
      await socat.ended;
    },
  };
}

/** A serial port whose far end is a TCP server. Ends when a reader closes it, or with the test. */
export async function startSerialPortTo(folder: string, name: string, port: number): Promise<SerialPort> {
  const path = join(folder, name);
  startProgram([`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${port},nodelay`], { command: "socat" });
  await expect.poll(() => existsSync(path), { timeout: DEADLINE_MS, interval: 20 }).toBe(true);
  return portAt(path);
}

function portAt(path: string): SerialPort {
  const terminal = realpathSync(path);
  return { path, opened: () => openFiles().filter((file) => file === terminal).length };
}

function openFiles(): string[] {
  return readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // closed since
    }
  });
}
