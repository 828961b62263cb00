/** A NATS server with JetStream for the tests: Debian's program, a fresh folder, a free port of 127.0.0.1.
 *  test/setup-debian.sh → [NATS server] → NATS publisher's tests */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { freeTcpPort } from "./free-port.ts";
import { type RunningServer, startServer } from "./server-program.ts";

export interface NatsServer extends RunningServer {
  readonly url: string;
  connect(): Promise<NatsConnection>;
}

/** @param more  lines of its configuration */
export async function startNats(more: readonly string[] = []): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-nats-"));
  const port = await freeTcpPort();
  const file = join(folder, "nats.conf");
  writeFileSync(file, `${more.join("\n")}\n`);
  const open = (): Promise<NatsConnection> => connect({ servers: `127.0.0.1:${port}`, reconnect: false });
  const server = await startServer({
    name: "NATS",
    command: "nats-server",
    args: ["-c", file, "-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder],
    folder,
    ask: async () => (await open()).close(),
  });
  return { ...server, url: `nats://127.0.0.1:${port}`, connect: open };
}
