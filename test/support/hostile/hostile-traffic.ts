/** One sender whose datagrams are valid, and beside it everything that must not be accepted, with what must be said of it.
 *  seed → [hostile traffic] → admission, or a UDP socket */
import type { KeyObject } from "node:crypto";
import {
  announceStreamOf,
  chooseProtection,
  type DatagramHeader,
  deriveMacKey,
  encodeDatagram,
  MAX_DATAGRAM_BYTES,
  newStationKeys,
  REPLAY_WINDOW_NUMBERS,
  repairSymbols,
  type SealingKeys,
  sealingKeysOf,
  sourceSymbol,
  type WireErrorCode,
} from "@nonreturn/wire-format";
import type { Verdict } from "../../../packages/it-receiver/src/ingress/admit.ts";
import { writeMac } from "../../../packages/wire-format/src/datagram/mac.ts";
import { seededBytes } from "../station-keys.ts";
import { Chance } from "./chance.ts";
import { flipped, resigned, sealedAround, soundBlock } from "./crafted-blocks.ts";

export const STREAM = 1;
export const RUN_EPOCH = 100;
const SESSION = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const LIMITS = { maxSymbolBytes: 1408, redundancyPercent: 25 };
/** Numbers of the valid sender start here, so that there are some below its window. */
const FIRST_NUMBER = 10 * REPLAY_WINDOW_NUMBERS;
/** Identities that no valid block has. */
const FALSE_SEQUENCES = 1_000_000_000;
/** Valid datagrams kept for replaying: all inside the window. */
const RECORDED = 512;

/** By whoever can reach the link, without a key. */
export const KEYLESS_KINDS = [
  "random length",
  "random bytes",
  "one bit changed",
  "cut",
  "lengthened",
  "another version",
  "another type",
  "another key",
  "replayed",
] as const;

/** With the key of the MAC: the sender itself, gone wrong; a clone; a recording of an earlier run; whoever stole the key. */
export const KEYED_KINDS = [
  "unknown stream",
  "unknown generation",
  "earlier run",
  "another session",
  "number below the window",
  "no source symbol",
  "more source symbols than symbols",
  "index beyond the symbols",
  "sequence 0",
  "sequence above 2^53 - 1",
  "block length of another symbol size",
  "block of random bytes",
  "block of another suite",
  "block with changed contents",
  "block with a changed signature",
  "block of another station",
  "block of another site",
  "block of an unknown generation",
  "block below the epoch floor",
  "block that does not decrypt",
  "block under another identity",
  "compression bomb",
  "protobuf bomb",
] as const;

/** Of them those that pass admission: sound symbols of what is no block. */
export const BLOCK_KINDS: readonly HostileKind[] = KEYED_KINDS.filter((kind) => /^block (?!length)|bomb$/.test(kind));

export type HostileKind = (typeof KEYLESS_KINDS)[number] | (typeof KEYED_KINDS)[number];

/** What must be said of it: a verdict of admission, or, where the symbol itself is sound, the reason the block is refused for. */
export type Expected = { readonly verdict: Exclude<Verdict, "admitted"> } | { readonly refusal: WireErrorCode };

export interface HostileDatagram {
  readonly datagram: Uint8Array;
  readonly expected: Expected;
}

export interface ValidBlock {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly datagrams: readonly Uint8Array[];
}

export class HostileTraffic {
  readonly keys: SealingKeys;
  readonly chance: Chance;
  readonly #macKey: KeyObject;
  readonly #otherKey: KeyObject;
  readonly #crafted: ReadonlyMap<HostileKind, readonly [Uint8Array, WireErrorCode]>;
  readonly #recorded: Uint8Array[] = [];
  readonly #buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  #number = FIRST_NUMBER;
  #sequence = 0;
  #previousHash = new Uint8Array(32);
  #falseSequence = FALSE_SEQUENCES;

  /** @param keys  those of a pairing; made from the seed if left out. Its epoch floor must be above 0. */
  constructor(seed: number, keys: SealingKeys = sealingKeysOf(newStationKeys(seededBytes(seed), 1))) {
    this.keys = keys;
    this.chance = new Chance(seed);
    this.#macKey = deriveMacKey(keys.root, STREAM);
    this.#otherKey = deriveMacKey(keys.root, 7);
    this.#crafted = craft(keys, seed);
  }

  /** The next block of the valid sender: all its datagrams, in order. @param skipNumbers  lost ones before it. */
  validBlock(samples = 20, skipNumbers = 0): ValidBlock {
    this.#number += skipNumbers;
    const sequence = ++this.#sequence;
    const { bytes, hash } = soundBlock(this.keys, {
      stream: STREAM,
      sealingEpoch: RUN_EPOCH,
      sequence,
      samples,
      previousHash: this.#previousHash,
    });
    this.#previousHash = Uint8Array.from(hash);
    const datagrams = this.#symbolsOf(bytes).map((symbol, symbolIndex) =>
      this.#encode({ ...this.#headerOf(bytes, sequence), symbolIndex }, symbol),
    );
    for (const datagram of datagrams) this.#recorded.push(datagram);
    this.#recorded.splice(0, this.#recorded.length - RECORDED);
    return { sequence, bytes, datagrams };
  }

  hostile(kind: HostileKind): HostileDatagram {
    const crafted = this.#crafted.get(kind);
    if (crafted !== undefined) return this.#inOneSymbol(...crafted);
    const { chance } = this;
    switch (kind) {
      case "random length": {
        const length = chance.below(MAX_DATAGRAM_BYTES + 200);
        const isRight = length >= 80 && length <= MAX_DATAGRAM_BYTES && length % 16 === 0;
        return refused("length", chance.bytes(isRight ? length + 1 : length));
      }
      case "random bytes": {
        const datagram = chance.bytes(80 + 16 * chance.below(100));
        if (datagram[0] === 0x4e) datagram[0] = 0;
        return refused("magic", datagram);
      }
      case "one bit changed": {
        const datagram = Uint8Array.from(chance.pick(this.#recorded));
        const bit = chance.below(datagram.length * 8);
        datagram[bit >> 3]! ^= 1 << (bit & 7);
        return refused(verdictOfChange(bit), datagram);
      }
      case "cut": {
        const datagram = chance.pick(this.#recorded);
        const length = chance.below(datagram.length);
        return refused(length >= 80 && length % 16 === 0 ? "mac" : "length", datagram.slice(0, length));
      }
      case "lengthened": {
        const datagram = chance.pick(this.#recorded);
        const more = 1 + chance.below(64);
        return refused(more % 16 === 0 ? "mac" : "length", Buffer.concat([datagram, chance.bytes(more)]));
      }
      case "another version":
        return refused("version", this.#changed(2, 2 + chance.below(250)));
      case "another type":
        return refused("type", this.#changed(3, 2 + chance.below(250)));
      case "another key":
        return this.#nonsense("mac", {}, this.#otherKey);
      case "replayed":
        return refused("duplicate", chance.pick(this.#recorded));
      case "unknown stream": {
        return this.#nonsense("unknown-stream", { stream: 2 + chance.below(0x7ffe) });
      }
      case "unknown generation":
        return this.#nonsense("unknown-generation", { generation: 2 + chance.below(65_000) });
      case "earlier run":
        return this.#nonsense("old-epoch", { runEpoch: chance.below(RUN_EPOCH) });
      case "another session":
        return this.#nonsense("clone", { session: Uint8Array.from([0, ...chance.bytes(7)]) });
      case "number below the window":
        return this.#nonsense("old", { number: chance.below(this.#number - REPLAY_WINDOW_NUMBERS - RECORDED) });
      case "no source symbol":
        return this.#nonsense("structure", { sourceSymbols: 0 });
      case "more source symbols than symbols":
        return this.#nonsense("structure", { sourceSymbols: 200, totalSymbols: 1 + chance.below(199) });
      case "index beyond the symbols":
        return this.#nonsense("structure", { totalSymbols: 4, symbolIndex: 4 + chance.below(251) });
      case "sequence 0":
        return this.#nonsense("structure", { sequence: 0 });
      case "sequence above 2^53 - 1":
        return refused("structure", this.#withSequence(0x20_0000 + chance.below(0x1000_0000)));
      case "block length of another symbol size":
        return this.#nonsense("structure", { blockBytes: 100_000 + chance.below(2 ** 31) });
      case "block of random bytes": {
        const bytes = chance.bytes(300 + chance.below(900));
        if (bytes[0] === 1) bytes[0] = 0;
        return this.#inOneSymbol(bytes, "BLOCK_SUITE");
      }
      default:
        throw new Error(`no such kind: ${kind}`);
    }
  }

  /** A sound symbol of a block that never becomes whole: one of k = 200, of an identity not used before. */
  neverWhole(changes: Partial<DatagramHeader> = {}): Uint8Array {
    const symbol = this.chance.bytes(16);
    const header = { ...this.#falseHeader(200 * 16), sourceSymbols: 200, totalSymbols: 250, ...changes };
    return this.#encode(header, symbol);
  }

  /** Any sound symbol under a header changed at will. */
  withHeader(changes: Partial<DatagramHeader>, macKey: KeyObject = this.#macKey): Uint8Array {
    const symbol = this.chance.bytes(320);
    return this.#encode({ ...this.#falseHeader(320), ...changes }, symbol, macKey);
  }

  #nonsense(verdict: Exclude<Verdict, "admitted">, changes: Partial<DatagramHeader>, macKey?: KeyObject) {
    return refused(verdict, this.withHeader(changes, macKey));
  }

  #inOneSymbol(block: Uint8Array, refusal: WireErrorCode): HostileDatagram {
    const header = this.#falseHeader(block.length);
    const symbol = new Uint8Array(Math.ceil(block.length / 16) * 16);
    symbol.set(block);
    return { datagram: this.#encode(header, symbol), expected: { refusal } };
  }

  #changed(at: number, value: number): Uint8Array {
    const datagram = Uint8Array.from(this.chance.pick(this.#recorded));
    datagram[at] = value;
    return datagram;
  }

  /** `encodeDatagram` refuses such a sequence: it is written, and the MAC made, by hand. */
  #withSequence(high: number): Uint8Array {
    const datagram = this.withHeader({});
    new DataView(datagram.buffer, datagram.byteOffset).setUint32(32, high);
    const macAt = datagram.length - 16;
    writeMac(datagram, macAt, this.#macKey);
    return datagram;
  }

  #falseHeader(blockBytes: number): DatagramHeader {
    return {
      ...this.#headerOf({ length: blockBytes }, this.#falseSequence++),
      sourceSymbols: 1,
      totalSymbols: 4,
      symbolIndex: 0,
    };
  }

  #headerOf(block: { readonly length: number }, sequence: number): DatagramHeader {
    const { sourceSymbols, totalSymbols } = chooseProtection(block.length, LIMITS);
    return {
      type: 1,
      stream: STREAM,
      generation: this.keys.generation,
      runEpoch: RUN_EPOCH,
      blockEpoch: RUN_EPOCH,
      session: SESSION,
      number: 0, // taken when it is encoded
      sequence,
      blockBytes: block.length,
      sourceSymbols,
      totalSymbols,
      symbolIndex: 0,
      flags: 0,
    };
  }

  #symbolsOf(bytes: Uint8Array): Uint8Array[] {
    const { sourceSymbols, totalSymbols, symbolBytes } = chooseProtection(bytes.length, LIMITS);
    const repair = Array.from({ length: totalSymbols - sourceSymbols }, (_, at) => sourceSymbols + at);
    return [
      ...Array.from({ length: sourceSymbols }, (_, index) => sourceSymbol(bytes, sourceSymbols, symbolBytes, index)),
      ...repairSymbols(bytes, sourceSymbols, symbolBytes, repair),
    ];
  }

  /** A copy of its own. Numbers are never given twice, except where the header asks for one. */
  #encode(header: DatagramHeader, symbol: Uint8Array, macKey = this.#macKey): Uint8Array {
    const number = header.number === 0 ? this.#number++ : header.number;
    const bytes = encodeDatagram(this.#buffer, { ...header, number }, symbol, macKey);
    return this.#buffer.slice(0, bytes);
  }
}

/** MAC keys and opening keys of the far end, by what the traffic is sealed with. */
export function macKeysOf(keys: SealingKeys): Map<number, Map<number, KeyObject>> {
  return new Map(
    [STREAM, announceStreamOf(STREAM)].map((stream) => [
      stream,
      new Map([[keys.generation, deriveMacKey(keys.root, stream)]]),
    ]),
  );
}

function refused(verdict: Exclude<Verdict, "admitted">, datagram: Uint8Array): HostileDatagram {
  return { datagram, expected: { verdict } };
}

/** Offsets of docs/wire-format.md: magic 0, version 2, type 3, stream 4, generation 6; everything behind only the MAC can tell. */
function verdictOfChange(bit: number): Exclude<Verdict, "admitted"> {
  const at = bit >> 3;
  if (at < 2) return "magic";
  if (at === 2) return "version";
  if (at === 3) return "type";
  const isAnnounceBit = bit === 4 * 8 + 7; // 1 becomes 0x8001, a stream that exists, with another MAC key
  if (at < 6) return isAnnounceBit ? "mac" : "unknown-stream";
  return at < 8 ? "unknown-generation" : "mac";
}

function craft(keys: SealingKeys, seed: number): ReadonlyMap<HostileKind, readonly [Uint8Array, WireErrorCode]> {
  const sound = soundBlock(keys, { sequence: 900_000_000 }).bytes;
  const otherStation = sealingKeysOf(newStationKeys(seededBytes(seed + 1), 1));
  // 0x1f 'A' 0x01 0x00, then lengths of 255: a match that goes on for ever, 255 bytes out for each byte in.
  const bomb = new Uint8Array(1000).fill(255);
  bomb.set([0x1f, 0x41, 1, 0]);
  const lengthBomb = Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, ...new Uint8Array(200)]);
  const stored = { codec: 0, plainBytes: lengthBomb.length } as const;
  return new Map<HostileKind, readonly [Uint8Array, WireErrorCode]>([
    ["block of another suite", [resigned(changedAt(sound, 0, 2), keys), "BLOCK_SUITE"]],
    ["block with changed contents", [flipped(sound, 230), "BLOCK_HASH"]],
    ["block with a changed signature", [flipped(sound, 170), "BLOCK_SIGNATURE"]],
    [
      "block of another station",
      [soundBlock({ ...keys, signingKey: otherStation.signingKey }).bytes, "BLOCK_SIGNATURE"],
    ],
    ["block of another site", [soundBlock({ ...keys, site: otherStation.site }).bytes, "BLOCK_IDENTITY"]],
    ["block of an unknown generation", [soundBlock({ ...keys, generation: 9 }).bytes, "KEY_UNKNOWN_GENERATION"]],
    ["block below the epoch floor", [soundBlock(keys, { sealingEpoch: 0 }).bytes, "BLOCK_EPOCH_FLOOR"]],
    ["block that does not decrypt", [resigned(flipped(sound, 230), keys), "BLOCK_DECRYPT"]],
    ["block under another identity", [sound, "BLOCK_IDENTITY"]],
    ["compression bomb", [sealedAround(keys, bomb, { codec: 1, plainBytes: 4096 }), "BLOCK_DECOMPRESS"]],
    ["protobuf bomb", [sealedAround(keys, lengthBomb, stored), "BATCH_MALFORMED"]],
  ]);
}

function changedAt(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}
