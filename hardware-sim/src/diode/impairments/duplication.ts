/** Datagrams that arrive twice, the second time up to `delayMs` later.
 *  arrive → [duplication] → depart */
import type { Random } from "../../random/seeded-random.ts";
import type { Impairment } from "./impairment.ts";

export function duplication(share: number, delayMs: number, random: Random): Impairment {
  return {
    name: "duplication",
    pass(datagram) {
      if (random() >= share) return datagram;
      return [datagram, { ...datagram, copy: true, atMs: datagram.atMs + random() * delayMs }];
    },
  };
}
