/** Lets the command line talk to the running station on the same machine, and nobody else.
 *  nonreturn-ot status, replay … → Unix socket → [control server] → station */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { closeHttpServer, createHttpServer, type HttpRequest } from "../http/http-server.ts";
import { StationError } from "../station-error.ts";

/** Returns what is sent back as JSON. A StationError reaches the command line unchanged. */
export type ControlRoute = (request: HttpRequest) => unknown | Promise<unknown>;

/** By method and exact path: "GET /status", "POST /replay". */
export type ControlRoutes = Readonly<Record<string, ControlRoute>>;

export interface ControlServer {
  readonly socketPath: string;
  /** Stops answering and removes the socket. */
  close(): Promise<void>;
}

/** Where a station with this data folder listens. */
export function controlSocketPath(dataFolder: string): string {
  return join(dataFolder, "control.sock");
}

/** sockaddr_un has room for 108 bytes including the final zero (Linux unix(7)); 104 on macOS. */
const MAXIMUM_PATH_BYTES = process.platform === "darwin" ? 103 : 107;

/**
 * Listen on a Unix socket that only the station's own user can reach (mode 0600). A socket left behind by a dead station is replaced.
 *
 * @throws {StationError} CONTROL_SOCKET_IN_USE if a station answers on it, CONTROL_SOCKET if it cannot be made.
 */
export async function startControlServer(
  socketPath: string,
  routes: ControlRoutes,
  onFailure: (error: unknown) => void = () => undefined,
): Promise<ControlServer> {
  if (Buffer.byteLength(socketPath) > MAXIMUM_PATH_BYTES) {
    throw new StationError({
      code: "CONTROL_SOCKET",
      what: `the path of the control socket is longer than the ${MAXIMUM_PATH_BYTES} bytes a Unix socket may have`,
      where: socketPath,
      action: "Choose a data folder with a shorter path.",
    });
  }
  await removeStale(socketPath);
  const answering = Object.entries(routes).map(([key, route]) => [
    key,
    async (request: HttpRequest) => ({ json: (await route(request)) ?? null }),
  ]);
  const server = createHttpServer(Object.fromEntries(answering), onFailure);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotMake(socketPath, error)));
    // A Unix socket is bound inside listen(): the mask applies to it and nothing else.
    const mask = process.umask(0o177);
    try {
      server.listen(socketPath, resolve);
    } finally {
      process.umask(mask);
    }
  });
  server.removeAllListeners("error");
  server.on("error", onFailure);
  chmodSync(socketPath, 0o600);
  return { socketPath, close: () => closeHttpServer(server) };
}

async function removeStale(socketPath: string): Promise<void> {
  const found = lstatSync(socketPath, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw cannotMake(socketPath, new Error("something that is not a socket is in its place"));
  if (await answers(socketPath)) {
    throw new StationError({
      code: "CONTROL_SOCKET_IN_USE",
      what: "another station is running on this data folder",
      where: socketPath,
      action: "Stop the other station, or give this one its own data folder.",
    });
  }
  unlinkSync(socketPath);
}

/** Only a refused connection proves that nobody listens any more. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}

function cannotMake(socketPath: string, error: Error): StationError {
  return new StationError(
    {
      code: "CONTROL_SOCKET",
      what: `the control socket cannot be made (${error.message})`,
      where: socketPath,
      action: "Check that the data folder exists and that the station's user may write to it.",
    },
    { cause: error },
  );
}
