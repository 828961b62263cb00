/** Time that passes inside the link: a latency that keeps the order, as a wire does, and reordering, which does not.
 *  arrive → [latency] → [reordering] → depart */
import type { Random } from "../../random/seeded-random.ts";
import type { Impairment } from "./impairment.ts";

/** `fixedMs` plus 0 … `jitterMs`, uniform; a datagram never overtakes another. */
export function latency(fixedMs: number, jitterMs: number, random: Random): Impairment {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    name: "latency",
    pass(datagram) {
      lastMs = Math.max(lastMs, datagram.atMs + fixedMs + random() * jitterMs);
      return { ...datagram, atMs: lastMs };
    },
  };
}

/** Holds back a share of the datagrams by 0 … `windowMs`, so that what comes within that time overtakes them. */
export function reordering(share: number, windowMs: number, random: Random): Impairment {
  return {
    name: "reordering",
    pass(datagram) {
      const held = random() < share;
      const heldMs = random() * windowMs;
      return held ? { ...datagram, atMs: datagram.atMs + heldMs } : datagram;
    },
  };
}
