/** Keeps messages that are too long out of memory: their topic passes, marked, with an empty payload.
 *  secure stream → [packet filter] → mqtt.js
 *
 *  mqtt.js gathers a packet whatever its length (256 MiB at most). Ending the connection instead would not do: the broker would send the
 *  same message again. So the filter empties it, and it is confirmed like any other.
 *  Source: MQTT 3.1.1 §2.2 (fixed header), §3.3 (PUBLISH). With MQTT 5 the broker itself keeps to the CONNECT's Maximum Packet Size. */

/** Put before the topic. No broker lets a client publish below $. */
export const OVERSIZED = "$oversized/";

const PUBLISH = 3;
const MAX_VARIABLE_HEADER = 2 + 65_535 + 2; // topic length, topic, packet id
/** Of everything but PUBLISH: a SUBACK of thousands of topics is the longest. */
const MAX_OTHER_BYTES = 65_536;

export class PacketFilter {
  readonly #maxBytes: number;
  /** The beginning of a packet, not yet long enough to judge it. */
  #pending = new Uint8Array();
  #pass = 0;
  #skip = 0;

  constructor(maxPayloadBytes: number) {
    this.#maxBytes = maxPayloadBytes + MAX_VARIABLE_HEADER;
  }

  /** @returns what goes on, in order. @throws RangeError for what is no MQTT. */
  take(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = new Uint8Array();
    const out: Uint8Array[] = [];
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    let from = skipped;
    let at = skipped + Math.min(this.#pass, bytes.length - skipped);
    this.#pass -= at - skipped;
    const flush = (): void => {
      if (at > from) out.push(bytes.subarray(from, at));
    };
    while (at < bytes.length) {
      const header = headerAt(bytes, at);
      const emptied = header === undefined || !this.#isTooLong(header) ? undefined : emptiedAt(bytes, at, header);
      if (header === undefined || emptied === "incomplete") {
        flush();
        this.#pending = Uint8Array.from(bytes.subarray(at));
        return out;
      }
      if (emptied === undefined) {
        const here = Math.min(header.totalBytes, bytes.length - at);
        at += here;
        this.#pass = header.totalBytes - here;
        continue;
      }
      flush();
      out.push(emptied);
      const here = Math.min(header.totalBytes, bytes.length - at);
      at += here;
      from = at;
      this.#skip = header.totalBytes - here;
    }
    flush();
    return out;
  }

  #isTooLong({ type, totalBytes }: Header): boolean {
    if (type === PUBLISH) return totalBytes > this.#maxBytes;
    if (totalBytes > MAX_OTHER_BYTES) throw new RangeError(`a packet of type ${type} with ${totalBytes} bytes`);
    return false;
  }
}

interface Header {
  readonly type: number;
  readonly headerBytes: number;
  readonly totalBytes: number;
}

/** §2.2.3: seven bits to a byte, the least significant first, four bytes at most. */
function headerAt(bytes: Uint8Array, at: number): Header | undefined {
  let remaining = 0;
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** (index - 1);
    if (byte < 0x80) return { type: bytes[at]! >> 4, headerBytes: 1 + index, totalBytes: 1 + index + remaining };
  }
  throw new RangeError("a packet length of more than four bytes");
}

function emptiedAt(bytes: Uint8Array, at: number, { headerBytes }: Header): Uint8Array | "incomplete" {
  const first = bytes[at]!;
  const start = at + headerBytes;
  if (bytes.length < start + 2) return "incomplete";
  const topicBytes = (bytes[start]! << 8) | bytes[start + 1]!;
  const idBytes = (first & 0x06) === 0 ? 0 : 2; // QoS 0 has no packet id
  const end = start + 2 + topicBytes + idBytes;
  if (bytes.length < end) return "incomplete";
  const topic = Buffer.concat([Buffer.from(OVERSIZED), bytes.subarray(start + 2, start + 2 + topicBytes)]).subarray(
    0,
    65_535,
  );
  const length = Buffer.from([topic.length >> 8, topic.length & 0xff]);
  const rest = Buffer.concat([length, topic, bytes.subarray(end - idBytes, end)]);
  return Buffer.concat([Buffer.from([first, ...variableLength(rest.length)]), rest]);
}

function variableLength(length: number): number[] {
  const bytes: number[] = [];
  let left = length;
  do {
    bytes.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return bytes;
}
