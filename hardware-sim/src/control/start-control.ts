/** Lets a test look at a running plant or diode and make trouble in it, over HTTP on a TCP port or a Unix socket.
 *  test → HTTP → [control] → plant, diode */
import type { AddressInfo } from "node:net";
import {
  type ControlRoutes,
  closeHttpServer,
  createHttpServer,
  type HttpRequest,
  type HttpRoute,
  parseHostPort,
  StationError,
  startControlServer,
  writeHostPort,
} from "@nonreturn/station";

export interface Control {
  /** "127.0.0.1:43210" or the socket's path. */
  readonly listening: string;
  close(): Promise<void>;
}

/**
 * Nobody is asked who they are: listen on the loopback interface or a Unix socket only.
 *
 * @param where  "host:port" (port 0 takes a free one) or the path of a Unix socket.
 * @throws {StationError} SOCKET_CANNOT_LISTEN, CONTROL_SOCKET
 */
export async function startControl(where: string, routes: ControlRoutes): Promise<Control> {
  if (where.includes("/")) {
    const server = await startControlServer(where, routes);
    return { listening: where, close: () => server.close() };
  }
  const address = parseHostPort(where);
  if (address === undefined) {
    throw new StationError({
      code: "CONFIG_INVALID",
      what: `"${where}" is neither host:port nor the path of a socket`,
      where: "--control",
      action: "Write --control 127.0.0.1:0 or --control ./control.sock.",
    });
  }
  const server = createHttpServer(asHttpRoutes(routes), () => {});
  await new Promise<void>((listening, failed) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      failed(
        new StationError(
          {
            code: "SOCKET_CANNOT_LISTEN",
            what: `the control server cannot listen there (${cause.code})`,
            where: writeHostPort(address),
            action: "Choose a free port of this machine, or port 0 for any.",
          },
          { cause },
        ),
      ),
    );
    server.listen(address.port, address.host, () => listening());
  });
  server.removeAllListeners("error").on("error", () => {}); // accepting one connection failed; the next may not
  const { port } = server.address() as AddressInfo;
  return { listening: writeHostPort({ host: address.host, port }), close: () => closeHttpServer(server) };
}

function asHttpRoutes(routes: ControlRoutes): Record<string, HttpRoute> {
  return Object.fromEntries(
    Object.entries(routes).map(([key, route]) => [
      key,
      async (request: HttpRequest) => ({ json: (await route(request)) ?? null }),
    ]),
  );
}
