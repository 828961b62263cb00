/** A link of limited rate with a bounded queue before it: what does not fit into the queue is lost (tail drop).
 *  arrive → [queue → serialise] → depart */
import type { Impairment } from "./impairment.ts";

export interface RateLimitSettings {
  readonly bitsPerSecond: number;
  /** Bytes that may be waiting or on the wire; a datagram that finds the wire free always gets through. */
  readonly queueBytes: number;
  /** Added to every datagram's length: 66 = 8 UDP + 20 IPv4 + 14 Ethernet + 4 FCS + 20 preamble and gap. 0 counts the payload only. */
  readonly overheadBytes: number;
}

/** The queue needs no storage: how full it is follows from when the wire becomes free. */
export function rateLimit({ bitsPerSecond, queueBytes, overheadBytes }: RateLimitSettings): Impairment {
  const bytesPerMs = bitsPerSecond / 8000;
  let wireFreeMs = Number.NEGATIVE_INFINITY;
  return {
    name: "rate-limit",
    pass(datagram) {
      const bytes = datagram.bytes.length + overheadBytes;
      const startMs = Math.max(datagram.atMs, wireFreeMs);
      const waitingBytes = (startMs - datagram.atMs) * bytesPerMs;
      if (startMs > datagram.atMs && waitingBytes + bytes > queueBytes) return "rate-limit";
      wireFreeMs = startMs + bytes / bytesPerMs;
      return { ...datagram, atMs: wireFreeMs };
    },
  };
}
