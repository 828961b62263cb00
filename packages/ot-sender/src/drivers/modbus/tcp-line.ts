/** A TCP connection to a device, a gateway or a serial device server.
 *  driver index → [TCP line] → modbus connection */
import { Socket } from "node:net";
import { type Clock, type HostPort, writeHostPort } from "@nonreturn/station";
import { explain, type ModbusLine } from "./line.ts";

const KEEP_ALIVE_MS = 30_000;

export function tcpLine(address: HostPort, framing: ModbusLine["framing"]): ModbusLine {
  return {
    name: writeHostPort(address),
    framing,
    characterMs: 0,
    advice: "Check host and port, that the device runs, and that a firewall lets this station through.",
    dial: (clock, timeoutMs, signal) => dialTcp(address, clock, timeoutMs, signal),
  };
}

async function dialTcp(address: HostPort, clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
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
        reject(new Error(reason, { cause }));
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
