/** A server program that a test or the bench starts, kills and starts again; it may live longer than one test.
 *  npm package, test/setup-debian.sh → [server program] → PostgreSQL, MariaDB, NATS, InfluxDB of the publishers' tests */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";

const START_MS = 60_000;
const LOOK_MS = 50;
const KEPT_CHARACTERS = 4000;

export interface ServerProgram {
  /** As an operator knows it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly options?: SpawnOptions;
  /** Everything it keeps; removed with it. */
  readonly folder: string;
  /** Resolves once it serves, rejects while it does not. */
  ask(): Promise<unknown>;
  readonly killSignal?: NodeJS.Signals;
  readonly stopSignal?: NodeJS.Signals;
}

export interface RunningServer {
  /** As a power failure of the server: connections are cut, nothing is written any more. */
  kill(): Promise<void>;
  /** Again on the same port and data, after {@link kill}. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Resolves once it serves. */
export async function startServer(program: ServerProgram): Promise<RunningServer> {
  const { name, command, args, options, folder, killSignal = "SIGKILL", stopSignal = "SIGTERM" } = program;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    child = started;
    let told = "";
    const tell = (text: unknown): void => {
      told = (told + String(text)).slice(-KEPT_CHARACTERS);
    };
    started.on("error", tell);
    started.stderr?.on("data", tell);
    const giveUp = performance.now() + START_MS;
    while (!(await serves(program))) {
      if (hasEnded(started) || performance.now() > giveUp)
        throw new Error(`${name} does not start (is it installed? npm ci, test/setup-debian.sh): ${told}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || hasEnded(child)) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  await start();
  return {
    kill: () => end(killSignal),
    start,
    async stop() {
      await end(stopSignal);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serves({ ask }: ServerProgram): Promise<boolean> {
  return ask().then(
    () => true,
    () => false,
  );
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
