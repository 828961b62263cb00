/** Opens a TCP connection, with TLS where wanted, within a time, or says why it cannot.
 *  REST connection, MQTT session → [secure stream] → device */
import { isIP, Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";
import type { TlsSettings } from "./login.ts";

const KEEP_ALIVE_MS = 30_000;

export interface StreamWishes {
  readonly tls: TlsSettings | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** @throws {StationError} DEVICE_UNREACHABLE, DEVICE_CERTIFICATE; no socket is left open then. */
export function openStream(
  address: HostPort,
  { tls, timeoutMs, signal, clock }: StreamWishes,
): Promise<Socket | TLSSocket> {
  const socket = new Socket();
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  let stream: Socket | TLSSocket = socket;
  let cause: Error | undefined;
  // Always listened to: an "error" nobody hears would end the process.
  const note = (error: Error): void => {
    cause ??= error;
  };
  socket.on("error", note);
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const give = (settle: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      cancelTimeout();
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const fail = (reason: string): void =>
      give(() => {
        stream.destroy();
        socket.destroy();
        reject(explainFailure(address, reason, cause));
      });
    const onClose = (): void => fail(cause === undefined ? "the device closed the connection" : explain(cause));
    const onAbort = (): void => fail("connecting was given up");
    const cancelTimeout = clock.after(timeoutMs, () => fail(`no connection within ${timeoutMs} ms`));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("close", onClose);
    if (signal.aborted) {
      onAbort();
      return;
    }
    socket.once("connect", () => {
      if (isSettled) return;
      if (tls === undefined) give(() => resolve(socket));
      else {
        try {
          stream = secure(socket, address, tls, note).once("close", onClose);
        } catch (error) {
          note(error as Error); // a key that is none
          fail(explain(error as Error));
          return;
        }
        stream.once("secureConnect", () => give(() => resolve(stream)));
      }
    });
    socket.connect({ host: address.host, port: address.port });
  });
}

function secure(socket: Socket, { host }: HostPort, tls: TlsSettings, note: (error: Error) => void): TLSSocket {
  const { serverName, ...files } = tls;
  const name = serverName ?? host;
  return connectTls({
    ...files,
    socket,
    host: name, // what the certificate is compared with
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
  }).on("error", note);
}

const CERTIFICATE = /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_|SSL|TLS|OSSL|PEM/;

function explainFailure(address: HostPort, reason: string, cause: Error | undefined): StationError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  const options = cause === undefined ? undefined : { cause };
  const where = writeHostPort(address);
  if (CERTIFICATE.test(code))
    return new StationError(
      {
        code: "DEVICE_CERTIFICATE",
        what: `no TLS connection: ${reason}`,
        where,
        action: "Check caFile and serverName, the device's certificate and its dates, and certificateFile and keyFile.",
      },
      options,
    );
  return new StationError(
    {
      code: "DEVICE_UNREACHABLE",
      what: `cannot connect: ${reason}`,
      where,
      action: "Check host and port, that the device runs, and that a firewall lets this station through.",
    },
    options,
  );
}

/** Node's own words, and for a name with several addresses those of the first that failed. */
function explain(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : String(first);
}
