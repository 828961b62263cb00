/** Opens a TCP connection, with TLS where wanted, within a time, or says why it cannot.
 *  REST connection, MQTT session, CIP connection → [secure stream] → device */
import { isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type HostPort, StationError, writeHostPort } from "@nonreturn/station";
import type { TlsSettings } from "./login.ts";
import { type DialWishes, dialTcp, explain, unreachable, untilOpen } from "./tcp-socket.ts";

export interface StreamWishes extends DialWishes {
  readonly tls: TlsSettings | undefined;
}

/** @throws {StationError} DEVICE_UNREACHABLE, DEVICE_CERTIFICATE; no socket is left open then. */
export async function openStream(address: HostPort, wishes: StreamWishes): Promise<Socket | TLSSocket> {
  const { tls, clock } = wishes;
  const startedMs = clock.monotonicMs();
  try {
    const socket = await dialTcp(address, wishes);
    if (tls === undefined) return socket;
    const stream = secure(socket, address, tls);
    await untilOpen(stream, "secureConnect", wishes, startedMs);
    return stream;
  } catch (error) {
    throw explainFailure(address, error as Error);
  }
}

/** @throws {Error} for a key or certificate that is none; the socket is closed then. */
function secure(socket: Socket, { host }: HostPort, tls: TlsSettings): TLSSocket {
  const { serverName, ...files } = tls;
  const name = serverName ?? host;
  try {
    return connectTls({
      ...files,
      socket,
      host: name, // what the certificate is compared with
      ...(isIP(name) === 0 ? { servername: name } : {}),
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
    });
  } catch (error) {
    socket.destroy();
    throw new Error(explain(error), { cause: error });
  }
}

const CERTIFICATE = /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_|SSL|TLS|OSSL|PEM/;

function explainFailure(address: HostPort, { message, cause }: Error): StationError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  if (!CERTIFICATE.test(code)) return unreachable(address, message, cause);
  return new StationError(
    {
      code: "DEVICE_CERTIFICATE",
      what: `no TLS connection: ${message}`,
      where: writeHostPort(address),
      action: "Check caFile and serverName, the device's certificate and its dates, and certificateFile and keyFile.",
    },
    { cause },
  );
}
