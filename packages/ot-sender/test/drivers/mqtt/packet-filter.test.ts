import { expect, test } from "vitest";
import { seededRandom } from "../../../../../hardware-sim/src/random/seeded-random.ts";
import { PacketFilter } from "../../../src/drivers/mqtt/packet-filter.ts";

function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}
const publish = (topic: string, payloadBytes: number, qos = 1): Buffer =>
  packet(
    0x30 | (qos << 1),
    Buffer.from([0, topic.length]),
    Buffer.from(topic),
    qos === 0 ? Buffer.alloc(0) : Buffer.from([0x12, 0x34]),
    Buffer.alloc(payloadBytes, 0x61),
  );

test("what fits passes unchanged, what does not loses its payload and keeps topic, QoS and packet id, however it is cut", () => {
  const long = 100_000;
  const stream = Buffer.concat([
    packet(0x20, Buffer.from([0, 0])),
    publish("a", 10),
    publish("long", long),
    publish("b", 3, 0),
    publish("long", long, 0),
    packet(0xd0),
    publish("c", 1000),
  ]);
  const expected = Buffer.concat([
    packet(0x20, Buffer.from([0, 0])),
    publish("a", 10),
    publish("$oversized/long", 0),
    publish("b", 3, 0),
    publish("$oversized/long", 0, 0),
    packet(0xd0),
    publish("c", 1000),
  ]);
  const random = seededRandom(1, "cuts");
  for (const longest of [1, 3, 7, 100, 5000, 1_000_000]) {
    const filter = new PacketFilter(1000);
    const out: Uint8Array[] = [];
    for (let at = 0; at < stream.length; ) {
      const bytes = 1 + Math.floor(random() * longest);
      out.push(...filter.take(stream.subarray(at, at + bytes)));
      at += bytes;
    }
    expect(Buffer.concat(out).equals(expected), `cut to ${longest}`).toBe(true);
  }
});

test("a length of five bytes and a long packet of another kind are refused", () => {
  expect(() => new PacketFilter(1000).take(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]))).toThrow(RangeError);
  expect(() => new PacketFilter(1000).take(Buffer.from([0x90, 0xff, 0xff, 0xff, 0x7f]))).toThrow(RangeError);
});

test("50,000 random chunks: RangeError or bytes, and never more kept than a topic", () => {
  const random = seededRandom(2, "noise");
  let refused = 0;
  let filter = new PacketFilter(1000);
  for (let turn = 0; turn < 50_000; turn++) {
    if (turn % 5 === 0) filter = new PacketFilter(1000); // a random length swallows everything behind it
    const chunk = Uint8Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.floor(random() * 256));
    try {
      const bytes = filter.take(chunk).reduce((sum, part) => sum + part.length, 0);
      expect(bytes).toBeLessThan(70_000);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      refused++;
      filter = new PacketFilter(1000);
    }
  }
  expect(refused).toBeGreaterThan(1000);
});
