import { createSocket } from "node:dgram";
import { describe, expect, test } from "vitest";
import { dropsOf, kernelDrops } from "../../src/diode/kernel-drops.ts";

// Two lines of a real /proc/net/udp and one of udp6.
const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  532: 0100007F:B799 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21071 2 0000000000000000 12
  533: 0100007F:B79A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21072 2 0000000000000000 5
  533: 00000000000000000000000001000000:B799 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21073 2 0000000000000000 30
`;

describe("kernel drops", () => {
  test("are summed over the sockets of one port", () => {
    expect(dropsOf(TABLE, 0xb799)).toBe(42);
    expect(dropsOf(TABLE, 0xb79a)).toBe(5);
    expect(dropsOf(TABLE, 1)).toBe(0);
  });

  test("a socket whose buffer overflows is seen to lose datagrams", async () => {
    const receiver = createSocket("udp4");
    const sender = createSocket("udp4");
    try {
      await new Promise<void>((bound) => receiver.bind(0, "127.0.0.1", bound));
      receiver.setRecvBufferSize(1);
      const { port } = receiver.address();
      expect(kernelDrops(port)).toBe(0);
      const sends = Array.from(
        { length: 200 },
        () => new Promise<void>((sent) => sender.send(new Uint8Array(1000), port, "127.0.0.1", () => sent())),
      );
      await Promise.all(sends);
      expect(kernelDrops(port)).toBeGreaterThan(0);
    } finally {
      receiver.close();
      sender.close();
    }
  });
});
