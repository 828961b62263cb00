/** A NATS server with JetStream for the tests: Debian's program, a fresh folder, a free port of 127.0.0.1.
 *  test/setup-debian.sh → [NATS server] → NATS publisher's tests */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { freeTcpPort } from "./free-port.ts";

const START_MS = 60_000;

export interface NatsServer {
  readonly url: string;
  /** As a power failure of the server. */
  kill(): Promise<void>;
  /** Again on the same port and data, after {@link kill}. */
  start(): Promise<void>;
  connect(): Promise<NatsConnection>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export async function startNats(): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-nats-"));
  const port = await freeTcpPort();
  let child: ChildProcess | undefined;
  const open = (): Promise<NatsConnection> => connect({ servers: `127.0.0.1:${port}`, reconnect: false });
  const start = async (): Promise<void> => {
    child = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.on("error", (error) => {
      told += String(error);
    });
    child.stderr!.on("data", (text) => {
      told = (told + String(text)).slice(-4000);
    });
    const giveUp = performance.now() + START_MS;
    for (;;) {
      const connection = await open().catch(() => undefined);
      if (connection !== undefined) return void (await connection.close());
      if (child.pid === undefined || child.exitCode !== null || performance.now() > giveUp)
        throw new Error(`NATS does not start (is it installed? test/setup-debian.sh): ${told}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    kill: () => end("SIGKILL"),
    start,
    connect: open,
    async stop() {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
