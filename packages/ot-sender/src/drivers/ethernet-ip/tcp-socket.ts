/** Opens a TCP connection within a time, or says why it cannot.
 *  CIP connection → [TCP socket] → device */
import { Socket } from "node:net";
import { type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";

const KEEP_ALIVE_MS = 30_000;

/** What a CIP connection needs of a socket. Tests put something else in its place. */
export interface ByteStream {
  write(bytes: Uint8Array): unknown;
  destroy(): unknown;
  /** Destroy once everything written has left. */
  destroySoon(): unknown;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export type OpenStream = (address: HostPort, timeoutMs: number, signal: AbortSignal) => Promise<ByteStream>;

/** @throws {StationError} DEVICE_UNREACHABLE; no socket is left open then. */
export async function openSocket(
  address: HostPort,
  timeoutMs: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<ByteStream> {
  const socket = new Socket();
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  let cause: Error | undefined;
  // Always listened to: an "error" nobody hears would end the process.
  socket.on("error", (error) => {
    cause = error;
  });
  await new Promise<void>((resolve, reject) => {
    const give = (settle: () => void): void => {
      cancelTimeout();
      signal.removeEventListener("abort", onAbort);
      socket.removeListener("connect", onConnect);
      socket.removeListener("close", onClose);
      settle();
    };
    const fail = (reason: string): void =>
      give(() => {
        socket.destroy();
        reject(unreachable(address, reason, cause));
      });
    const onConnect = (): void => give(resolve);
    const onClose = (): void => fail(cause === undefined ? "the device closed the connection" : explain(cause));
    const onAbort = (): void => fail("connecting was given up");
    const cancelTimeout = clock.after(timeoutMs, () => fail(`no connection within ${timeoutMs} ms`));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", onConnect).once("close", onClose);
    if (signal.aborted) onAbort();
    else socket.connect({ host: address.host, port: address.port });
  });
  return socket;
}

export function unreachable(address: HostPort, reason: string, cause?: Error): StationError {
  return new StationError(
    {
      code: "DEVICE_UNREACHABLE",
      what: `cannot connect: ${reason}`,
      where: writeHostPort(address),
      action: "Check host and port, that the device runs, and that a firewall lets this station through.",
    },
    cause === undefined ? undefined : { cause },
  );
}

/** Node's own words, and for a name with several addresses those of the first that failed. */
export function explain(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : String(first);
}
