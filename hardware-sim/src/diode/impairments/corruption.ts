/** Datagrams that arrive, but not as they were sent: bits flipped, or the end cut off.
 *  arrive → [corruption] → depart */
import type { Random } from "../../random/seeded-random.ts";
import type { Impairment } from "./impairment.ts";

/** Flips exactly `bits` different bits (all of them if the datagram has fewer). An empty datagram stays as it is. */
export function bitFlips(share: number, bits: number, random: Random): Impairment {
  return {
    name: "bit-flips",
    pass(datagram) {
      const total = datagram.bytes.length * 8;
      if (random() >= share || total === 0) return datagram;
      const flipped = new Set<number>();
      while (flipped.size < Math.min(bits, total)) flipped.add(Math.floor(random() * total));
      const bytes = datagram.bytes.slice(); // the caller's bytes are not ours to change
      for (const bit of flipped) bytes[bit >> 3]! ^= 1 << (bit & 7);
      return { ...datagram, bytes, corrupted: true };
    },
  };
}

/** Keeps the first 0 … length − 1 bytes, each length equally likely. */
export function truncation(share: number, random: Random): Impairment {
  return {
    name: "truncation",
    pass(datagram) {
      if (random() >= share || datagram.bytes.length === 0) return datagram;
      return {
        ...datagram,
        bytes: datagram.bytes.subarray(0, Math.floor(random() * datagram.bytes.length)),
        corrupted: true,
      };
    },
  };
}
