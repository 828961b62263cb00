/** Records what passes over a TCP connection, and writes it as a capture file that a dissector reads.
 *  driver ⇄ [recorded connection] ⇄ device
 *                  └→ pcap → tshark */
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import type { HostPort } from "@nonreturn/station";
import { onTestFinished } from "vitest";

export interface Recording {
  readonly address: HostPort;
  /** @param port  of the device, as the dissector shall see it. */
  writePcap(file: string, port: number): void;
}

interface Segment {
  readonly from: "client" | "device";
  readonly bytes: Buffer;
}

/** Ends with the test. One connection at a time. */
export async function recordConnection(device: HostPort): Promise<Recording> {
  const segments: Segment[] = [];
  const server = createServer((client) => {
    const inner = connect(device);
    client.on("error", () => undefined).on("close", () => inner.destroy());
    inner.on("error", () => undefined).on("close", () => client.destroy());
    client.on("data", (bytes) => {
      segments.push({ from: "client", bytes });
      inner.write(bytes);
    });
    inner.on("data", (bytes) => {
      segments.push({ from: "device", bytes });
      client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    writePcap: (file, port) => writeFileSync(file, pcapOf(segments, port)),
  };
}

const LINKTYPE_RAW = 101; // IP without Ethernet
const MOST_SEGMENT_BYTES = 60_000;

/** IPv4 and TCP headers of 20 bytes each; checksums are left 0, which dissectors do not mind. */
function pcapOf(segments: readonly Segment[], port: number): Buffer {
  const file = Buffer.alloc(24);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(0x40000, 16);
  file.writeUInt32LE(LINKTYPE_RAW, 20);
  const sent = { client: 1, device: 1 };
  const packets = segments.flatMap(({ from, bytes }) => {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += MOST_SEGMENT_BYTES) {
      const part = bytes.subarray(at, at + MOST_SEGMENT_BYTES);
      parts.push(packet(from, part, sent, port));
      sent[from] += part.length;
    }
    return parts;
  });
  return Buffer.concat([file, ...packets]);
}

function packet(
  from: Segment["from"],
  bytes: Buffer,
  sent: Readonly<Record<Segment["from"], number>>,
  port: number,
): Buffer {
  const headers = Buffer.alloc(16 + 40);
  headers.writeUInt32LE(40 + bytes.length, 8);
  headers.writeUInt32LE(40 + bytes.length, 12);
  const ip = 16;
  headers[ip] = 0x45;
  headers.writeUInt16BE(40 + bytes.length, ip + 2);
  headers[ip + 8] = 64;
  headers[ip + 9] = 6;
  headers.set([127, 0, 0, from === "client" ? 1 : 2], ip + 12);
  headers.set([127, 0, 0, from === "client" ? 2 : 1], ip + 16);
  const tcp = ip + 20;
  headers.writeUInt16BE(from === "client" ? 40_000 : port, tcp);
  headers.writeUInt16BE(from === "client" ? port : 40_000, tcp + 2);
  headers.writeUInt32BE(sent[from], tcp + 4);
  headers.writeUInt32BE(sent[from === "client" ? "device" : "client"], tcp + 8);
  headers[tcp + 12] = 5 << 4;
  headers[tcp + 13] = 0x18; // PSH, ACK
  headers.writeUInt16BE(0xffff, tcp + 14);
  return Buffer.concat([headers, bytes]);
}
