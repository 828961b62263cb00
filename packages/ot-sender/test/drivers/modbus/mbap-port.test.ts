/** Frames as they are on the wire. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { crc16 } from "../../../src/drivers/modbus/crc16.ts";
import { MbapPort } from "../../../src/drivers/modbus/mbap-port.ts";

/** A connected port and the device's end of its socket. */
async function portAndPeer(): Promise<{ port: MbapPort; peer: Socket; seen: string[] }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { port: number };
  const { connect } = await import("node:net");
  const socket = connect(address.port, "127.0.0.1").on("error", () => undefined);
  const [peer] = (await once(server, "connection")) as [Socket];
  peer.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  const seen: string[] = [];
  const port = new MbapPort(socket, {
    onDamage: (what) => seen.push(`damage: ${what}`),
    onStray: () => seen.push("stray"),
  });
  port.on("data", (frame: Buffer) => seen.push(`slot ${port._transactionIdRead}: ${frame.toString("hex")}`));
  return { port, peer, seen };
}

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("MBAP port", () => {
  test("the checksum of the specification's example frame", () => {
    // MODBUS over Serial Line V1.02, appendix B: 02 07 → 41 12 (low byte first on the line).
    expect(crc16(hex("0207"))).toBe(0x1241);
    expect(crc16(hex("01 03 0000 000A"))).toBe(0xcdc5);
  });

  test("an RTU frame goes out with header and without checksum; its reply comes back with one", async () => {
    const { port, peer, seen } = await portAndPeer();
    port._transactionIdWrite = 5; // the slot
    port.write(hex("01 03 006B 0003 7417")); // the specification's example of FC 3: 3 registers from 107
    const [request] = (await once(peer, "data")) as [Buffer];
    expect(request.toString("hex")).toBe("0001 0000 0006 01 03 006b 0003".replaceAll(" ", ""));
    peer.write(hex("0001 0000 0009 01 03 06 022B 0000 0064"));
    await expect.poll(() => seen).toEqual([`slot 5: 010306022b00000064${"057a"}`]);
    expect(crc16(hex("010306022b00000064"))).toBe(0x7a05);
  });

  test("replies to forgotten and to unknown requests are strays", async () => {
    const { port, peer, seen } = await portAndPeer();
    port._transactionIdWrite = 0;
    port.write(hex("01 03 0000 0001 840A"));
    port.forget(0);
    peer.write(hex("0001 0000 0005 01 03 02 1234  7777 0000 0005 01 03 02 1234"));
    await expect.poll(() => seen).toEqual(["stray", "stray"]);
  });

  test("a header that is none is damage, and what came with it is dropped", async () => {
    const { port, peer, seen } = await portAndPeer();
    port._transactionIdWrite = 0;
    port.write(hex("01 03 0000 0001 840A"));
    peer.write(hex("0001 0000 00FF 01 03 02 1234")); // 255: more than a frame can have
    await expect.poll(() => seen).toEqual(["damage: header 0001000000ff is no Modbus TCP header"]);
    peer.write(hex("0001 0000 0005 01 03 02 1234"));
    await expect.poll(() => seen).toHaveLength(2);
    expect(seen[1]).toMatch(/^slot 0: 0103021234/);
  });
});
