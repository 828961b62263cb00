/** Frames as they are on the wire. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { crc16 } from "../../../src/drivers/modbus/crc16.ts";
import { MbapPort } from "../../../src/drivers/modbus/mbap-port.ts";
import type { ReadRequest, ReplyOutcome } from "../../../src/drivers/modbus/request-port.ts";

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
    onOutcome: (slot, outcome) => seen.push(`slot ${slot}: ${shown(outcome)}`),
    onDamage: (what) => seen.push(`damage: ${what}`),
    onStray: () => seen.push("stray"),
  });
  return { port, peer, seen };
}

function shown(outcome: ReplyOutcome): string {
  switch (outcome.kind) {
    case "reply":
      return Buffer.from(outcome.bytes).toString("hex");
    case "exception":
      return `exception ${outcome.code}`;
    case "damaged":
      return outcome.what;
  }
}

/** The specification's example of FC 3: 3 registers from 107. */
const REQUEST: ReadRequest = { unit: 1, table: "hr", start: 107, quantity: 3 };

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("MBAP port", () => {
  test("the checksum of the specification's example frame", () => {
    // MODBUS over Serial Line V1.02, appendix B: 02 07 → 41 12 (low byte first on the line).
    expect(crc16(hex("0207"))).toBe(0x1241);
    expect(crc16(hex("01 03 0000 000A"))).toBe(0xcdc5);
  });

  test("a request goes out with a header, and its reply comes back without", async () => {
    const { port, peer, seen } = await portAndPeer();
    port.send(5, REQUEST);
    const [request] = (await once(peer, "data")) as [Buffer];
    expect(request.toString("hex")).toBe("0001 0000 0006 01 03 006b 0003".replaceAll(" ", ""));
    peer.write(hex("0001 0000 0009 01 03 06 022B 0000 0064"));
    await expect.poll(() => seen).toEqual(["slot 5: 022b00000064"]);
  });

  test("replies in any order and in any pieces find their requests", async () => {
    const { port, peer, seen } = await portAndPeer();
    port.send(0, REQUEST);
    port.send(1, { unit: 255, table: "co", start: 65_535, quantity: 9 });
    const replies = hex("0002 0000 0005 FF 01 02 CD01  0001 0000 0009 01 03 06 022B 0000 0064");
    for (const byte of replies) {
      peer.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => seen).toEqual(["slot 1: cd01", "slot 0: 022b00000064"]);
  });

  test.each([
    ["an exception", "01 83 02", "exception 2"],
    ["an exception in a gateway's own name", "FF 83 0B", "exception 11"],
    ["an exception without code", "01 83", "function code 131 answers 3"],
    ["another unit", "02 03 06 022B 0000 0064", "unit 2 answers for unit 1"],
    ["another function code", "01 04 06 022B 0000 0064", "function code 4 answers 3"],
    ["fewer registers", "01 03 04 022B 0000", "4 bytes where 6 were asked for"],
    ["more registers", "01 03 08 022B 0000 0064 0001", "8 bytes where 6 were asked for"],
    ["a byte count that lies", "01 03 08 022B 0000 0064", "a byte count of 8 where there are 6"],
    ["nothing behind the function code", "01 03", "0 bytes where 6 were asked for"],
  ])("%s", async (_, pdu, outcome) => {
    const { port, peer, seen } = await portAndPeer();
    port.send(2, REQUEST);
    const body = hex(pdu);
    peer.write(Buffer.concat([hex("0001 0000 00"), Uint8Array.of(body.length), body]));
    await expect.poll(() => seen).toEqual([`slot 2: ${outcome}`]);
    peer.write(hex("0001 0000 0009 01 03 06 022B 0000 0064"));
    await expect.poll(() => seen).toEqual([`slot 2: ${outcome}`, "stray"]); // one request, one outcome
  });

  test("replies to forgotten and to unknown requests are strays", async () => {
    const { port, peer, seen } = await portAndPeer();
    port.send(0, REQUEST);
    port.forget(0);
    peer.write(hex("0001 0000 0005 01 03 02 1234  7777 0000 0005 01 03 02 1234"));
    await expect.poll(() => seen).toEqual(["stray", "stray"]);
  });

  test("a header that is none is damage, and what came with it is dropped", async () => {
    const { port, peer, seen } = await portAndPeer();
    port.send(0, REQUEST);
    peer.write(hex("0001 0000 00FF 01 03 02 1234")); // 255: more than a frame can have
    await expect.poll(() => seen).toEqual(["damage: header 0001000000ff is no Modbus TCP header"]);
    peer.write(hex("0001 0000 0009 01 03 06 022B 0000 0064"));
    await expect.poll(() => seen).toEqual([seen[0], "slot 0: 022b00000064"]);
  });
});
