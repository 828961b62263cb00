/** Lets a test look at a running plant or diode and make trouble in it, over HTTP on a TCP port or a Unix socket.
 *  test → HTTP → [control] → plant, diode */
import type { AddressInfo } from "node:net";
import {
  type ControlRoutes,
  closeHttpServer,
  createHttpServer,
  type HostPort,
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

/** Port 0 takes a free one; with a /, the path of a Unix socket. */
export type ControlPlace = HostPort | string;

/** @throws {StationError} USAGE */
export function parseControlPlace(text: string): ControlPlace {
  const place = text.includes("/") ? text : parseHostPort(text);
  if (place !== undefined) return place;
  throw new StationError({
    code: "USAGE",
    what: `"${text}" is neither host:port nor the path of a socket`,
    where: "--control",
    action: "Write --control 127.0.0.1:0 or --control ./control.sock.",
  });
}

/**
 * Nobody is asked who they are: listen on the loopback interface or a Unix socket only.
 *
 * @throws {StationError} SOCKET_CANNOT_LISTEN, CONTROL_SOCKET
 */
export async function startControl(place: ControlPlace, routes: ControlRoutes): Promise<Control> {
  if (typeof place === "string") {
    const server = await startControlServer(place, routes);
    return { listening: place, close: () => server.close() };
  }
  const server = createHttpServer(asHttpRoutes(routes), () => {});
  await new Promise<void>((listening, failed) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      failed(
        new StationError(
          {
            code: "SOCKET_CANNOT_LISTEN",
            what: `the control server cannot listen there (${cause.code})`,
            where: writeHostPort(place),
            action: "Choose a free port of this machine, or port 0 for any.",
          },
          { cause },
        ),
      ),
    );
    server.listen(place.port, place.host, () => listening());
  });
  server.removeAllListeners("error").on("error", () => {}); // accepting one connection failed; the next may not
  const { port } = server.address() as AddressInfo;
  return { listening: writeHostPort({ host: place.host, port }), close: () => closeHttpServer(server) };
}

function asHttpRoutes(routes: ControlRoutes): Record<string, HttpRoute> {
  return Object.fromEntries(
    Object.entries(routes).map(([key, route]) => [
      key,
      async (request: HttpRequest) => ({ json: (await route(request)) ?? null }),
    ]),
  );
}
