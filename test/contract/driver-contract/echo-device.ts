/** A real Modbus server whose registers answer with their own address, so that a mis-mapping shows.
 *  modbus-serial's ServerTCP → [echo device] → driver under test */
import type { AddressInfo, Server, Socket } from "node:net";
import type { HostPort } from "@nonreturn/station";
import modbusSerial from "modbus-serial";

export interface EchoDevice {
  readonly address: HostPort;
  /** Registers and bits that every request touching them is refused for (exception 2), at unit 1. May change at any time. */
  readonly illegal: Set<number>;
  /** Requests seen: "1 hr 100 10" (unit, table, start, quantity). */
  readonly requests: string[];
  /** Connections accepted so far. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  /** End every connection and listen no more. */
  close(): Promise<void>;
}

type Reply<T> = (error: Error | null, value: T) => void;

/** hr:n is n, ir:n is n + 1 (modulo 65,536); co:n and di:n are true where n is odd. Units other than 1 add 256 · unit. */
export async function startEchoDevice(): Promise<EchoDevice> {
  const illegal = new Set<number>();
  const requests: string[] = [];
  let accepted = 0;
  const sockets = new Set<Socket>();
  const refusal = (start: number, quantity: number, unit: number): Error | undefined => {
    if (unit !== 1) return undefined;
    for (const address of illegal)
      if (address >= start && address < start + quantity)
        return Object.assign(new Error("illegal data address"), { modbusErrorCode: 2 });
    return undefined;
  };
  const registers =
    (table: string, plus: number) => (start: number, quantity: number, unit: number, reply: Reply<number[]>) => {
      requests.push(`${unit} ${table} ${start} ${quantity}`);
      const error = refusal(start, quantity, unit);
      const values = Array.from({ length: quantity }, (_, index) => (start + index + plus + shiftOf(unit)) & 0xffff);
      reply(error ?? null, values);
    };
  // ServerTCP asks for a single register, and for every bit, on its own.
  const one = (table: string, plus: number) => (address: number, unit: number, reply: Reply<number>) =>
    registers(table, plus)(address, 1, unit, (error, values) => reply(error, values[0] ?? 0));
  const bits = (table: string) => (address: number, unit: number, reply: Reply<boolean>) => {
    requests.push(`${unit} ${table} ${address} 1`);
    reply(refusal(address, 1, unit) ?? null, address % 2 === 1);
  };
  const server = new modbusSerial.ServerTCP(
    {
      getHoldingRegister: one("hr", 0),
      getInputRegister: one("ir", 1),
      getMultipleHoldingRegisters: registers("hr", 0),
      getMultipleInputRegisters: registers("ir", 1),
      getCoil: bits("co"),
      getDiscreteInput: bits("di"),
    },
    // `options.port || 502`: only the text "0" asks it for a free port.
    { host: "127.0.0.1", port: "0" as unknown as number },
  );
  server.on("socketError", () => undefined);
  await new Promise<void>((resolve) => server.on("initialized", () => resolve()));
  const listener = (server as unknown as { readonly _server: Server })._server;
  listener.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    address: { host: "127.0.0.1", port: (listener.address() as AddressInfo).port },
    illegal,
    requests,
    accepted: () => accepted,
    open: () => sockets.size,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function shiftOf(unit: number): number {
  return unit === 1 ? 0 : 256 * unit;
}
