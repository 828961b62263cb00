/** Opens a TCP connection within a time, or says why it cannot.
 *  Modbus line, ISO socket, secure stream → [TCP socket] → device */
import { Socket } from "node:net";
import { type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";

const KEEP_ALIVE_MS = 30_000;

export interface DialWishes {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** lent: see `lendingSocket`. kept if left out: what listeners of "data" get is theirs. */
  readonly chunks?: "kept" | "lent";
}

/** Longer than any reply of the drivers that borrow; more comes in several events. */
const LENT_BYTES = 8192;

/**
 * A socket all of whose "data" come in the same buffer: a chunk is valid during its event only, and without a listener it is dropped.
 * Node otherwise makes a buffer of 64 KiB for each, which for a reply of 260 bytes costs more than all that is done with it.
 */
export function lendingSocket(): Socket {
  const socket: Socket = new Socket({
    onread: {
      buffer: Buffer.allocUnsafeSlow(LENT_BYTES),
      callback(bytes, buffer) {
        socket.emit("data", buffer.subarray(0, bytes));
        return true;
      },
    },
  });
  return socket;
}

/** Its "error" is listened to from the beginning. @throws {Error} whose message says why not; no socket is left open then. */
export async function dialTcp({ host, port }: HostPort, wishes: DialWishes): Promise<Socket> {
  const socket = wishes.chunks === "lent" ? lendingSocket() : new Socket();
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  const opening = untilOpen(socket, "connect", wishes, wishes.clock.monotonicMs());
  if (!wishes.signal.aborted) socket.connect({ host, port });
  await opening;
  return socket;
}

/**
 * Waits for the event that says a stream can be used; it is destroyed if that does not come.
 *
 * @param startedMs  monotonic; from then on the time-out counts, over all steps of opening.
 * @throws {Error} whose message says why not.
 */
export async function untilOpen(
  socket: Socket,
  event: "connect" | "secureConnect",
  { clock, timeoutMs, signal }: DialWishes,
  startedMs: number,
): Promise<void> {
  let cause: Error | undefined;
  // Always listened to, afterwards too: an "error" nobody hears would end the process.
  socket.on("error", (error) => {
    cause ??= error;
  });
  await new Promise<void>((resolve, reject) => {
    const give = (settle: () => void): void => {
      cancelTimeout();
      signal.removeEventListener("abort", onAbort);
      socket.removeListener(event, onOpen);
      socket.removeListener("close", onClose);
      settle();
    };
    const fail = (reason: string): void =>
      give(() => {
        socket.destroy();
        reject(new Error(reason, { cause }));
      });
    const onOpen = (): void => give(resolve);
    const onClose = (): void => fail(cause === undefined ? "the device closed the connection" : explain(cause));
    const onAbort = (): void => fail("connecting was given up");
    const leftMs = Math.max(0, startedMs + timeoutMs - clock.monotonicMs());
    const cancelTimeout = clock.after(leftMs, () => fail(`no connection within ${timeoutMs} ms`));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once(event, onOpen).once("close", onClose);
    if (signal.aborted) onAbort();
  });
}

export function unreachable(address: HostPort, reason: string, cause?: unknown): StationError {
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
export function explain(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : String(first);
}
