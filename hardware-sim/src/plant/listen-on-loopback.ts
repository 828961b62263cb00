/** Puts a simulated device's server on a free port of the loopback interface.
 *  device → [listen on loopback] → its front */
import type { AddressInfo, Server } from "node:net";
import { type HostPort, StationError } from "@nonreturn/station";

/** @throws {StationError} SOCKET_CANNOT_LISTEN */
export async function listenOnLoopback(server: Server, device: string): Promise<HostPort> {
  await new Promise<void>((listening, failed) => {
    server.once("error", (cause) => failed(noFreePort(device, cause)));
    server.listen(0, "127.0.0.1", () => {
      server.removeAllListeners("error").on("error", () => {}); // accepting one connection failed; the next may not
      listening();
    });
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

export function noFreePort(device: string, cause: unknown): StationError {
  return new StationError(
    {
      code: "SOCKET_CANNOT_LISTEN",
      what: "the simulated device finds no free port on the loopback interface",
      where: device,
      action: "Close other programs, or simulate fewer devices at once.",
    },
    { cause },
  );
}
