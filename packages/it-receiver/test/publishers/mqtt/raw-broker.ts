/** Just enough of an MQTT 5 broker, byte by byte, to answer as no well-behaved broker would.
 *  MQTT publisher → [raw broker] */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface RawBrokerOptions {
  readonly connack: "never" | { readonly receiveMaximum?: number; readonly maximumPacketSize?: number };
  /** Reason code of every PUBACK; 0 is success. */
  readonly pubackReason?: number;
  /** Answer the first publication by DISCONNECT with this reason code. */
  readonly disconnectReason?: number;
}

export interface RawBroker {
  readonly url: string;
  readonly connected: Promise<void>;
  readonly published: readonly { readonly topic: string; readonly packetBytes: number }[];
  readonly mostUnconfirmed: number;
}

/** Confirms 2 ms after the last publication came, so that whatever the client sends without waiting is unconfirmed at once. */
export async function startRawBroker(options: RawBrokerOptions): Promise<RawBroker> {
  const published: { topic: string; packetBytes: number }[] = [];
  let mostUnconfirmed = 0;
  let onConnected: () => void = () => undefined;
  const connected = new Promise<void>((resolve) => {
    onConnected = resolve;
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let bytes = Buffer.alloc(0);
    let unconfirmed: number[] = [];
    let timer: NodeJS.Timeout | undefined;
    const confirm = (): void => {
      // §3.14: reason, no properties.
      if (options.disconnectReason !== undefined)
        return void socket.end(Buffer.from([0xe0, 2, options.disconnectReason, 0]));
      for (const id of unconfirmed) socket.write(puback(id, options.pubackReason ?? 0));
      unconfirmed = [];
    };
    socket.on("data", (some) => {
      bytes = Buffer.concat([bytes, some]);
      for (let packet = nextPacket(bytes); packet !== undefined; packet = nextPacket(bytes)) {
        bytes = bytes.subarray(packet.bytes);
        if (packet.type === 1) {
          onConnected();
          if (options.connack !== "never") socket.write(connack(options.connack));
        } else if (packet.type === 3) {
          const topicBytes = packet.body.readUInt16BE(0);
          published.push({ topic: packet.body.toString("utf8", 2, 2 + topicBytes), packetBytes: packet.bytes });
          unconfirmed.push(packet.body.readUInt16BE(2 + topicBytes));
          mostUnconfirmed = Math.max(mostUnconfirmed, unconfirmed.length);
          clearTimeout(timer);
          timer = setTimeout(confirm, 2);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connected,
    published,
    get mostUnconfirmed() {
      return mostUnconfirmed;
    },
  };
}

/** MQTT 5 §2.1.4: type in the high nibble, then the remaining length in up to four bytes of seven bits. */
function nextPacket(bytes: Buffer): { type: number; body: Buffer; bytes: number } | undefined {
  let length = 0;
  for (let at = 1; at < Math.min(bytes.length, 5); at++) {
    length += (bytes[at]! & 127) << (7 * (at - 1));
    if (bytes[at]! > 127) continue;
    const end = at + 1 + length;
    return bytes.length < end ? undefined : { type: bytes[0]! >> 4, body: bytes.subarray(at + 1, end), bytes: end };
  }
  return undefined;
}

/** §3.2: flags 0, reason 0, properties 0x21 receive maximum (u16) and 0x27 maximum packet size (u32). */
function connack({
  receiveMaximum,
  maximumPacketSize,
}: {
  receiveMaximum?: number;
  maximumPacketSize?: number;
}): Buffer {
  const properties: number[] = [];
  if (receiveMaximum !== undefined) properties.push(0x21, receiveMaximum >> 8, receiveMaximum & 255);
  if (maximumPacketSize !== undefined) {
    properties.push(
      0x27,
      maximumPacketSize >>> 24,
      (maximumPacketSize >> 16) & 255,
      (maximumPacketSize >> 8) & 255,
      maximumPacketSize & 255,
    );
  }
  return Buffer.from([0x20, 3 + properties.length, 0, 0, properties.length, ...properties]);
}

/** §3.4: packet identifier, reason, no properties. */
function puback(id: number, reason: number): Buffer {
  return Buffer.from([0x40, 3, id >> 8, id & 255, reason]);
}
