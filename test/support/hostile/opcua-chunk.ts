/** One chunk of an OPC UA reply, changed on its way.
 *  chunk, chance → [OPC UA chunk] → hostile servers
 *
 *  | bytes | Part 6 §6.7.2, security None                |
 *  | 3 + 1 | "MSG", "F"                                  |
 *  | 4     | size                                        |
 *  | 4 × 4 | channel, token, sequence number, request id |
 *  | n     | type id of the response, its header, results| */
import type { Chance } from "./chance.ts";

/** "MSG", "F", size. */
export const CHUNK_HEADER_BYTES = 8;
/** Channel, token, sequence number, request id. */
export const BODY_AT = 24;
/** Type id of the response 4, its header: time, handle, result, diagnostics, strings, extension. */
export const RESULTS_AT = BODY_AT + 4 + 24;

/** @returns what arrives instead: one chunk, two, none, or something that is none. */
export function mutatedChunk(chunk: Buffer, chance: Chance): readonly Uint8Array[] {
  const bytes = Buffer.from(chunk);
  const anywhere = (from: number): number =>
    Math.min(bytes.length - 1, from + chance.below(Math.max(1, bytes.length - from)));
  const cut = anywhere(BODY_AT);
  switch (chance.below(24)) {
    case 0: // header and all
      bytes[chance.below(bytes.length)]! ^= 1 << chance.below(8);
      return [bytes];
    case 1: // cut short, with a size that fits
      return [sized(bytes.subarray(0, cut))];
    case 2: // cut short, with a size that does not
      return [bytes.subarray(0, cut)];
    case 3:
      return [sized(Buffer.concat([bytes, chance.bytes(1 + chance.below(200))]))];
    case 4: // another kind of message
      bytes.set(chance.bytes(2), BODY_AT + 2);
      return [bytes];
    case 5: // nobody's reply, and the rest after it
      bytes.writeUInt32LE(chance.below(1000), 20);
      return [bytes];
    case 6:
      return [bytes, bytes];
    case 7:
      return [sized(Buffer.concat([bytes.subarray(0, RESULTS_AT), chance.bytes(chance.below(300))]))];
    case 8: // another size
      bytes.writeUInt32LE(chance.below(2) === 0 ? chance.below(1 << 20) : 0xffff_ffff - chance.below(1 << 20), 4);
      return [bytes];
    case 9:
      return []; // never comes
    case 10: // a length or count of two thousand million
    case 11: {
      const at = Math.min(anywhere(RESULTS_AT), bytes.length - 4);
      bytes.writeUInt32LE(chance.pick([0x7fff_ffff, 0xffff_fffe, 0x8000_0000, 0x00ff_ffff]), at);
      return [bytes];
    }
    case 12: // the response's own header
      bytes[BODY_AT + 4 + chance.below(24)]! = chance.below(256);
      return [bytes];
    default:
      for (let times = 1 + chance.below(4); times > 0; times--) bytes[anywhere(RESULTS_AT)] = chance.below(256);
      return [bytes];
  }
}

function sized(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(copy.length, 4);
  return copy;
}
