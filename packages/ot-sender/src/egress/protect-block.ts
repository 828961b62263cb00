/** Turns a sealed block into the symbols of one pass over the link.
 *  journal → [protect block] → schedule → lanes → pacer → UDP */
import {
  chooseProtection,
  DatagramFlag,
  MAX_SYMBOLS,
  type Protection,
  repairSymbols,
  sourceSymbol,
} from "@nonreturn/wire-format";

/** A block as it leaves: what the datagram header needs to say, and the bytes. */
export interface OutgoingBlock {
  readonly stream: number;
  readonly sealingEpoch: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export interface ProtectionLimits {
  readonly maxSymbolBytes: number;
  readonly redundancyPercent: number;
}

/** One symbol, ready to become a datagram at the moment it is sent. */
export interface OutgoingSymbol {
  readonly block: OutgoingBlock;
  readonly protection: Protection;
  /** What the datagram says as n: above every index of this pass. */
  readonly totalSymbols: number;
  readonly index: number;
  readonly symbol: Uint8Array;
  readonly flags: number;
}

/**
 * The symbols of the first pass: k source symbols, then n − k repair symbols.
 * Cost: repair of n − k symbols (see `repairSymbols`); source symbols are views of the block.
 * @throws {WireError} FEC_PARAMETERS if the block needs more than 200 source symbols.
 */
export function firstPass(block: OutgoingBlock, limits: ProtectionLimits): OutgoingSymbol[] {
  const protection = chooseProtection(block.bytes.length, limits);
  return symbolsOf(block, protection, protection.sourceSymbols, protection.totalSymbols, 0);
}

/**
 * The symbols of a later pass: the source symbols again, and repair symbols that were not sent before as far as there are any,
 * so that what is left of the first pass and this one add up.
 */
export function laterPass(block: OutgoingBlock, limits: ProtectionLimits): OutgoingSymbol[] {
  const protection = chooseProtection(block.bytes.length, limits);
  const { sourceSymbols, totalSymbols } = protection;
  const repairs = totalSymbols - sourceSymbols;
  const firstRepair = Math.min(totalSymbols, MAX_SYMBOLS - repairs);
  return symbolsOf(block, protection, firstRepair, firstRepair + repairs, DatagramFlag.repeat);
}

/** One datagram, no repair: for heartbeats, of which the next is due in 250 ms anyway. Undefined if it does not fit one symbol. */
export function singleSymbol(block: OutgoingBlock, limits: ProtectionLimits): OutgoingSymbol | undefined {
  const chosen = chooseProtection(block.bytes.length, limits);
  if (chosen.sourceSymbols !== 1) return undefined;
  const protection = { ...chosen, totalSymbols: 1 };
  return symbolsOf(block, protection, 1, 1, 0)[0];
}

function symbolsOf(
  block: OutgoingBlock,
  protection: Protection,
  firstRepair: number,
  totalSymbols: number,
  flags: number,
): OutgoingSymbol[] {
  const { sourceSymbols, symbolBytes } = protection;
  const symbols: OutgoingSymbol[] = [];
  for (let index = 0; index < sourceSymbols; index++) {
    const symbol = sourceSymbol(block.bytes, sourceSymbols, symbolBytes, index);
    symbols.push({ block, protection, totalSymbols, index, symbol, flags });
  }
  const indices = Array.from({ length: totalSymbols - firstRepair }, (_, repair) => firstRepair + repair);
  const repairs = repairSymbols(block.bytes, sourceSymbols, symbolBytes, indices);
  repairs.forEach((symbol, at) => {
    symbols.push({ block, protection, totalSymbols, index: indices[at]!, symbol, flags });
  });
  return symbols;
}
