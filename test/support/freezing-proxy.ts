/** Stands between a client and a server; when it freezes, connections are taken and nothing crosses any more, as of a server that was stopped (SIGSTOP).
 *  client → [freezing proxy] → server */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface FreezingProxy {
  readonly port: number;
  /** half open: a client's FIN is not answered either, as by the kernel of a stopped server. Then {@link open} does not see a client leave. */
  freeze(ends?: "seen" | "half open"): void;
  thaw(): void;
  /** Connections that the client holds. */
  open(): number;
  /** Connections that the client has made since the start. */
  made(): number;
}

/** Listens on a free port of 127.0.0.1 until the test ends. */
export async function startFreezingProxy(serverPort: number): Promise<FreezingProxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>();
  let state: "frozen" | "thawed" = "thawed";
  let clientEnds: "seen" | "half open" = "seen";
  let made = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    made++;
    const far = connect(serverPort, "127.0.0.1");
    const pair = [client, far] as const;
    pairs.add(pair);
    client.on("data", (bytes) => state === "thawed" && far.write(bytes));
    far.on("data", (bytes) => state === "thawed" && client.write(bytes));
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      far.destroy();
    };
    client.on("error", end).on("close", end);
    client.on("end", () => (state === "thawed" || clientEnds === "seen") && end());
    // What becomes of the server's end is not seen by the client while frozen.
    far.on("error", () => undefined).on("close", () => state === "thawed" && end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const [client, far] of pairs) {
      client.destroy();
      far.destroy();
    }
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze(ends = "seen") {
      clientEnds = ends;
      state = "frozen";
    },
    thaw() {
      state = "thawed";
    },
    open: () => pairs.size,
    made: () => made,
  };
}
