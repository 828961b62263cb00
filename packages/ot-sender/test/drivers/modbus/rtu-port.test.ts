/** Frames of a serial line as they are, among everything else that can be on it. */
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { rtuFrame } from "../../../../../test/contract/driver-contract/scripted-rtu-device.ts";
import { RtuPort } from "../../../src/drivers/modbus/rtu-port.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

function portOnLine() {
  const seen: string[] = [];
  const written: string[] = [];
  const line = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString("hex"));
      done();
    },
  });
  const port = new RtuPort(line, {
    onDamage: (what) => {
      seen.push(`damage: ${what}`);
      port.forget(3); // as the connection does when a request ends
    },
    onStray: (unit) => seen.push(`stray of unit ${unit}`),
  });
  port.on("data", (frame: Buffer) => seen.push(`slot ${port._transactionIdRead}: ${frame.toString("hex")}`));
  const ask = (request: string): void => {
    port._transactionIdWrite = 3;
    port.write(hex(request));
  };
  return { port, seen, written, ask, hear: (bytes: Uint8Array) => line.emit("data", Buffer.from(bytes)) };
}

/** The specification's example of FC 3: 3 registers from 107. */
const REQUEST = "01 03 006B 0003 7417";
const REPLY = hex("01 03 06 022B 0000 0064 057A");
const GOOD = [`slot 3: ${REPLY.toString("hex")}`];

describe("RTU port", () => {
  test("a request goes out as it is, and its reply is passed on", () => {
    const { seen, written, ask, hear } = portOnLine();
    ask(REQUEST);
    expect(written).toEqual(["0103006b00037417"]);
    hear(REPLY);
    expect(seen).toEqual(GOOD);
  });

  test("a reply may come byte by byte", () => {
    const { seen, ask, hear } = portOnLine();
    ask(REQUEST);
    for (const byte of REPLY) {
      expect(seen).toEqual([]);
      hear(Uint8Array.of(byte));
    }
    expect(seen).toEqual(GOOD);
  });

  test("an exception is an answer", () => {
    const { seen, ask, hear } = portOnLine();
    ask(REQUEST);
    hear(rtuFrame([1, 0x83, 2]));
    expect(seen).toEqual(["slot 3: 018302c0f1"]);
  });

  test.each([
    ["the echo of the request", hex(REQUEST)],
    ["bytes of noise", hex("00 FF 00")],
    ["the reply of another unit", Buffer.from(rtuFrame([2, 3, 6, 0, 1, 0, 2, 0, 3]))],
    ["another unit's refusal", Buffer.from(rtuFrame([2, 0x83, 2]))],
    ["a reply to another function", Buffer.from(rtuFrame([1, 4, 6, 0, 1, 0, 2, 0, 3]))],
    ["a reply of another length", Buffer.from(rtuFrame([1, 3, 4, 0, 1, 0, 2]))],
    ["echo and noise", Buffer.concat([hex(REQUEST), hex("FF")])],
  ])("%s before the reply is not taken for it, and does not hide it", (_name, before) => {
    for (const cut of [0, 1, before.length - 1, before.length]) {
      const { seen, ask, hear } = portOnLine();
      ask(REQUEST);
      hear(before.subarray(0, cut));
      hear(before.subarray(cut));
      expect(seen.filter((each) => each.startsWith("slot"))).toEqual([]);
      hear(REPLY);
      expect(seen.filter((each) => each.startsWith("slot"))).toEqual(GOOD);
    }
  });

  test("the echo of a request that is a reply by its bytes is not taken for one", () => {
    // 21 coils from 0x0300: the request reads as a reply of three bytes, checksum included.
    const request = Buffer.from(rtuFrame([1, 1, 3, 0, 0, 21]));
    const { seen, ask, hear } = portOnLine();
    ask(request.toString("hex"));
    hear(request);
    expect(seen).toEqual([]);
    const reply = Buffer.from(rtuFrame([1, 1, 3, 0x55, 0x55, 0x15]));
    hear(reply);
    expect(seen).toEqual([`slot 3: ${reply.toString("hex")}`]);
  });

  test("a frame inside the reply's registers is not taken for the reply", () => {
    const inner = rtuFrame([1, 0x83, 2]); // 5 bytes: a whole refusal
    const reply = Buffer.from(rtuFrame([1, 3, 6, ...inner, 0]));
    const { seen, ask, hear } = portOnLine();
    ask(REQUEST);
    hear(reply.subarray(0, 9)); // the inner frame is whole, the outer is not
    expect(seen).toEqual([]);
    hear(reply.subarray(9));
    expect(seen).toEqual([`slot 3: ${reply.toString("hex")}`]);
  });

  test("a wrong checksum is damage; a truncated reply is nothing, and is shown", () => {
    const wrong = Buffer.from(REPLY);
    wrong[4]! ^= 1;
    const first = portOnLine();
    first.ask(REQUEST);
    first.hear(wrong);
    expect(first.seen).toEqual(["damage: wrong checksum in a reply of 11 bytes"]);
    const second = portOnLine();
    second.ask(REQUEST);
    second.hear(REPLY.subarray(0, 7));
    expect(second.seen).toEqual([]);
    expect(second.port.heard()).toBe("7 bytes came that are no reply: 010306022B0000");
  });

  test("what came before the request is no answer to it, nor is the rest of it", () => {
    const { seen, ask, hear } = portOnLine();
    hear(REPLY); // nobody asked
    hear(REPLY.subarray(0, 5));
    ask(REQUEST);
    hear(REPLY.subarray(5));
    expect(seen).toEqual(["stray of unit 1"]);
  });

  test("a reply after its request was given up is a stray", () => {
    const { port, seen, ask, hear } = portOnLine();
    ask(REQUEST);
    hear(REPLY.subarray(0, 3));
    port.forget(3);
    hear(REPLY);
    expect(seen).toEqual(["stray of unit 1"]);
  });

  test("endless noise is bounded, and the reply after it still found", () => {
    const { seen, ask, hear } = portOnLine();
    ask(REQUEST);
    for (let count = 0; count < 1000; count++) hear(Buffer.alloc(4096, 0x55));
    hear(REPLY);
    expect(seen).toEqual(GOOD);
  });

  test("two hundred thousand spoilt replies: what is passed on is what the device sent", () => {
    const random = seeded(20_261_125);
    const below = (limit: number) => Math.floor(random() * limit);
    let passed = 0;
    let spoilt = 0;
    for (let round = 0; round < 200_000; round++) {
      const { seen, ask, hear } = portOnLine();
      ask(REQUEST);
      const sent = Buffer.from(
        rtuFrame([1, 3, 6, below(256), below(256), below(256), below(256), below(256), below(256)]),
      );
      const bytes = spoil(sent, round % 8, below);
      if (!bytes.equals(sent)) spoilt++;
      const cut = below(bytes.length + 1);
      hear(bytes.subarray(0, cut));
      hear(bytes.subarray(cut));
      const answers = seen.filter((each) => each.startsWith("slot"));
      if (answers.length === 0) continue;
      passed++;
      expect(answers).toEqual([`slot 3: ${sent.toString("hex")}`]);
    }
    expect(spoilt).toBeGreaterThan(150_000);
    expect(passed).toBeGreaterThan(60_000); // control: those not spoilt, and those with noise or others' frames before
    expect(passed).toBeLessThan(140_000);
  });
});

function spoil(sent: Buffer, how: number, below: (limit: number) => number): Buffer {
  const noise = Buffer.from(Array.from({ length: 1 + below(20) }, () => below(256)));
  const spoilt = Buffer.from(sent);
  switch (how) {
    case 0:
      return sent;
    case 1: // one to three bits: the checksum finds all of them
      for (let count = 1 + below(3); count > 0; count--) spoilt[below(sent.length)]! ^= 1 << below(8);
      return spoilt;
    case 2:
      return spoilt.subarray(0, below(sent.length)); // truncated
    case 3:
      return spoilt.subarray(1 + below(sent.length - 1)); // its beginning lost
    case 4: {
      const at = below(sent.length);
      return Buffer.concat([sent.subarray(0, at), noise, sent.subarray(at)]);
    }
    case 5:
      return Buffer.concat([noise, sent]);
    case 6:
      return Buffer.concat([Buffer.from(rtuFrame([2, 3, 6, ...noise.subarray(0, 1), 1, 2, 3, 4, 5])), sent]);
    default:
      return Buffer.concat([hex(REQUEST), sent]); // an echo
  }
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
