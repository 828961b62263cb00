/** A Modbus TCP reader for tests: modbus-serial's own client, and raw frames where it is too polite. */
import { connect } from "node:net";
import type { HostPort } from "@nonreturn/station";
import modbusSerial from "modbus-serial";

export type ModbusClient = modbusSerial.default;

export async function connectClient({ host, port }: HostPort, unit = 1, timeoutMs = 30_000): Promise<ModbusClient> {
  const client = new modbusSerial.default();
  client.on("error", () => {});
  await client.connectTCP(host, { port });
  client.setID(unit);
  client.setTimeout(timeoutMs);
  return client;
}

export function closeClient(client: ModbusClient): Promise<void> {
  return new Promise((closed) => client.close(() => closed()));
}

/** Sends one PDU (hex) in a frame of transaction 1 and resolves with the reply's bytes after the unit number, as hex. */
export function exchange({ host, port }: HostPort, unit: number, pdu: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const body = Buffer.concat([Buffer.from([unit]), Buffer.from(pdu.replaceAll(" ", ""), "hex")]);
    const header = Buffer.from([0, 1, 0, 0, body.length >> 8, body.length & 0xff]);
    const socket = connect(port, host, () => socket.write(Buffer.concat([header, body])));
    let reply = Buffer.alloc(0);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed without a whole reply")));
    socket.on("data", (bytes) => {
      reply = Buffer.concat([reply, bytes]);
      if (reply.length < 6 || reply.length < 6 + reply.readUInt16BE(4)) return;
      resolve(reply.subarray(7).toString("hex"));
      socket.destroy();
    });
  });
}
