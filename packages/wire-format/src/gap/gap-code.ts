/** A gap as a short text that an operator carries from the IT console to the OT console by hand.
 *  ledger → [gap code] → operator → [gap code] → replay */
import { WireError } from "../wire-error.ts";
import { fivesOfText, groupedText } from "./crockford.ts";

/** A range of sequences of one journal that the IT station does not hold. Both ends belong to it. */
export interface Gap {
  readonly stream: number; // data stream, 1 … 0x7FFF
  readonly journalEpoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/*
 * Symbols of five bits, in this order:
 *   1    version, 1
 *   1…4  stream
 *   1…8  journal epoch
 *   1…14 first sequence
 *   1…14 count = last − first + 1
 *   4    CRC-16/IBM-3740 over the symbols before, one byte each; most significant symbol first, its top four bits 0
 * A number is four bits per symbol, most significant first, without leading zeros; the fifth bit (16) is set on all but its last symbol.
 */
const VERSION = 1;
const CRC_SYMBOLS = 4;
const MOST_SYMBOLS = 1 + 4 + 8 + 14 + 14 + CRC_SYMBOLS;

/** About 20 symbols, e.g. "11SX…". @throws {WireError} GAP_CODE if the gap itself is no valid range. */
export function encodeGapCode(gap: Gap): string {
  checkGap(gap);
  const symbols = [VERSION];
  for (const number of [gap.stream, gap.journalEpoch, gap.firstSequence, gap.lastSequence - gap.firstSequence + 1])
    pushNumber(symbols, number);
  const crc = crc16(symbols);
  return groupedText([...symbols, crc >> 15, (crc >> 10) & 31, (crc >> 5) & 31, crc & 31]);
}

/**
 * The gap of a code as typed: any case, spaces and hyphens anywhere, O for 0, I and L for 1.
 *
 * @throws {WireError} GAP_CODE for another character, version or length, a check sum that does not fit (every single wrong symbol and
 *   every swap of two neighbours is found), or a range that is none.
 */
export function decodeGapCode(text: string): Gap {
  if (text.length > MOST_SYMBOLS * 4)
    throw new WireError("GAP_CODE", `${text.length} characters is too long for a gap code`);
  const symbols = fivesOfText(text);
  if (symbols === undefined) throw new WireError("GAP_CODE", "a gap code has digits and letters without U only");
  if (symbols.length <= CRC_SYMBOLS || symbols.length > MOST_SYMBOLS)
    throw new WireError("GAP_CODE", `${symbols.length} symbols are no whole gap code`);
  const body = symbols.slice(0, -CRC_SYMBOLS);
  const check = symbols.slice(-CRC_SYMBOLS).reduce((crc, five) => crc * 32 + five, 0);
  if (check !== crc16(body))
    throw new WireError("GAP_CODE", "check sum does not fit: a symbol is wrong, missing or swapped");
  if (body[0] !== VERSION) throw new WireError("GAP_CODE", `version ${body[0]}, known is ${VERSION}`);
  let at = 1;
  const number = (): number => {
    let value = 0;
    for (let first = true; ; first = false) {
      const five = body[at++];
      if (five === undefined || (first && five === 16))
        throw new WireError("GAP_CODE", "a number is cut off or has leading zeros");
      value = value * 16 + (five & 15);
      if (value > Number.MAX_SAFE_INTEGER) throw new WireError("GAP_CODE", "a number is above 2^53 − 1");
      if (five < 16) return value;
    }
  };
  const stream = number();
  const journalEpoch = number();
  const firstSequence = number();
  // In this order: first + count could round to an even number and slip past 2^53 − 1.
  const gap = { stream, journalEpoch, firstSequence, lastSequence: firstSequence + (number() - 1) };
  if (at !== body.length) throw new WireError("GAP_CODE", "symbols left over");
  checkGap(gap);
  return gap;
}

function checkGap({ stream, journalEpoch, firstSequence, lastSequence }: Gap): void {
  const integers = [stream, journalEpoch, firstSequence, lastSequence].every((value) => Number.isSafeInteger(value));
  const inRange = stream >= 1 && stream <= 0x7fff && journalEpoch >= 0 && journalEpoch <= 0xffffffff;
  if (!integers || !inRange || firstSequence < 1 || lastSequence < firstSequence) {
    throw new WireError(
      "GAP_CODE",
      `no gap: stream ${stream}, journal ${journalEpoch}, sequences ${firstSequence} … ${lastSequence}`,
    );
  }
}

function pushNumber(symbols: number[], value: number): void {
  const digits = [...value.toString(16)].map((digit) => Number.parseInt(digit, 16));
  for (const [place, digit] of digits.entries()) symbols.push(place < digits.length - 1 ? digit | 16 : digit);
}

/** CRC-16/IBM-3740: polynomial 0x1021, start 0xFFFF, not reflected. Check value of "123456789" is 0x29B1. */
export function crc16(bytes: Iterable<number>): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return crc;
}
