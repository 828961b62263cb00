import { createHmac, createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDatagramFraming, checkDatagramStructure } from "../../src/datagram/check-datagram.ts";
import {
  datagramNumber,
  datagramSession,
  datagramSymbol,
  decodeDatagramHeader,
  isDatagramOfSession,
} from "../../src/datagram/datagram-fields.ts";
import {
  DATAGRAM_OVERHEAD_BYTES,
  type DatagramHeader,
  MAC_BYTES,
  MAX_DATAGRAM_BYTES,
  SYMBOL_BYTES_IPV4,
  SYMBOL_BYTES_IPV6,
  SYMBOL_BYTES_JUMBO,
} from "../../src/datagram/datagram-header.ts";
import { encodeDatagram } from "../../src/datagram/encode-datagram.ts";
import { verifyMac } from "../../src/datagram/mac.ts";
import { chooseProtection } from "../../src/fec/protection.ts";
import type { WireError } from "../../src/wire-error.ts";

interface DatagramVector {
  macKey: string;
  header: Omit<DatagramHeader, "session"> & { session: string };
  headerBytes: string;
  symbol: string;
  mac: string;
  datagram: string;
}

const vector: DatagramVector = JSON.parse(readFileSync(new URL("../vectors/datagram.json", import.meta.url), "utf8"));
const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const macKey = createSecretKey(hex(vector.macKey));
const vectorHeader: DatagramHeader = { ...vector.header, session: hex(vector.header.session) };

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as WireError).code;
  }
  return undefined;
}

/** The vector's datagram with some bytes replaced. */
function altered(changes: Record<number, number>): Uint8Array {
  const datagram = hex(vector.datagram);
  for (const [at, byte] of Object.entries(changes)) datagram[Number(at)] = byte;
  return datagram;
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const uint64 = fc.maxSafeNat();

/** A well-formed header with its symbol, of any block and size. */
const datagramParts = fc
  .record({
    blockBytes: fc.integer({ min: 1, max: 200 * 96 }),
    units: fc.integer({ min: 6, max: 88 }),
    fields: fc.record({
      stream: fc.integer({ min: 0, max: 0xffff }),
      generation: fc.integer({ min: 0, max: 0xffff }),
      runEpoch: uint32,
      blockEpoch: uint32,
      session: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      number: uint64,
      sequence: uint64.map((sequence) => Math.max(1, sequence)),
      flags: fc.integer({ min: 0, max: 255 }),
    }),
    pick: fc.nat(),
  })
  .map(({ blockBytes, units, fields, pick }) => {
    const protection = chooseProtection(blockBytes, { maxSymbolBytes: units * 16, redundancyPercent: 25 });
    const { sourceSymbols, totalSymbols, symbolBytes } = protection;
    const symbolIndex = pick % totalSymbols;
    const header: DatagramHeader = { type: 1, ...fields, blockBytes, sourceSymbols, totalSymbols, symbolIndex };
    return { header, symbol: new Uint8Array(symbolBytes).map((_, at) => at + pick) };
  });

describe("datagram", () => {
  test("the vector, byte for byte", () => {
    const into = new Uint8Array(1472).fill(0xee);
    const bytes = encodeDatagram(into, vectorHeader, hex(vector.symbol), macKey);
    expect(Buffer.from(into.subarray(0, bytes)).toString("hex")).toBe(vector.datagram);
    expect(vector.datagram).toBe(vector.headerBytes + vector.symbol + vector.mac);
    expect(into[bytes]).toBe(0xee);
    expect(decodeDatagramHeader(hex(vector.datagram))).toEqual(vectorHeader);
    expect(checkDatagramStructure(hex(vector.datagram))).toBeUndefined();
    expect(verifyMac(hex(vector.datagram), macKey)).toBe(true);
  });

  test("every field survives, every datagram made is well formed", () => {
    fc.assert(
      fc.property(datagramParts, ({ header, symbol }) => {
        const into = new Uint8Array(1472);
        const datagram = into.subarray(0, encodeDatagram(into, header, symbol, macKey));
        expect(datagram.length).toBe(DATAGRAM_OVERHEAD_BYTES + symbol.length);
        expect(checkDatagramStructure(datagram)).toBeUndefined();
        expect(decodeDatagramHeader(datagram)).toEqual(header);
        expect(datagramSymbol(datagram)).toEqual(symbol);
        expect(verifyMac(datagram, macKey)).toBe(true);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  test("room and numbers that do not fit are refused", () => {
    const symbol = new Uint8Array(48);
    expect(codeOf(() => encodeDatagram(new Uint8Array(111), vectorHeader, symbol, macKey))).toBe("DATAGRAM_LENGTH");
    const into = new Uint8Array(112);
    expect(codeOf(() => encodeDatagram(into, { ...vectorHeader, number: 2 ** 53 }, symbol, macKey))).toBe(
      "DATAGRAM_STRUCTURE",
    );
    expect(codeOf(() => encodeDatagram(into, { ...vectorHeader, sequence: -1 }, symbol, macKey))).toBe(
      "DATAGRAM_STRUCTURE",
    );
    expect(codeOf(() => encodeDatagram(into, { ...vectorHeader, session: new Uint8Array(7) }, symbol, macKey))).toBe(
      "DATAGRAM_STRUCTURE",
    );
  });

  test("symbol sizes fill the frames they are for", () => {
    expect(SYMBOL_BYTES_IPV4 + DATAGRAM_OVERHEAD_BYTES + 8 + 20).toBe(1500);
    expect(1500 - (SYMBOL_BYTES_IPV6 + DATAGRAM_OVERHEAD_BYTES + 8 + 40)).toBeLessThan(16);
    expect(9000 - (SYMBOL_BYTES_JUMBO + DATAGRAM_OVERHEAD_BYTES + 8 + 20)).toBeLessThan(16);
  });
});

describe("MAC", () => {
  test("is the start of HMAC-SHA256 over header and symbol", () => {
    const datagram = hex(vector.datagram);
    const full = createHmac("sha256", macKey).update(datagram.subarray(0, -MAC_BYTES)).digest();
    expect(Buffer.from(datagram.subarray(-MAC_BYTES)).equals(full.subarray(0, MAC_BYTES))).toBe(true);
  });

  test("every single changed bit is noticed", () => {
    for (let bit = 0; bit < vector.datagram.length * 4; bit++) {
      const datagram = hex(vector.datagram);
      datagram[bit >> 3]! ^= 1 << (bit & 7);
      if (verifyMac(datagram, macKey)) expect.fail(`bit ${bit}`);
    }
  });

  test("another key, a shorter and a far too short datagram fail", () => {
    expect(verifyMac(hex(vector.datagram), createSecretKey(new Uint8Array(32)))).toBe(false);
    expect(verifyMac(hex(vector.datagram).subarray(0, -1), macKey)).toBe(false);
    expect(verifyMac(new Uint8Array(3), macKey)).toBe(false);
  });
});

describe("checks of form", () => {
  test.each([
    ["too short", new Uint8Array(79), "DATAGRAM_LENGTH"],
    ["empty", new Uint8Array(0), "DATAGRAM_LENGTH"],
    ["too long", new Uint8Array(MAX_DATAGRAM_BYTES + 16), "DATAGRAM_LENGTH"],
    ["symbol no multiple of 16", new Uint8Array(113), "DATAGRAM_LENGTH"],
    ["magic, first byte", altered({ 0: 0x4f }), "DATAGRAM_MAGIC"],
    ["magic, second byte", altered({ 1: 0x53 }), "DATAGRAM_MAGIC"],
    ["version", altered({ 2: 2 }), "DATAGRAM_VERSION"],
    ["type", altered({ 3: 0 }), "DATAGRAM_TYPE"],
    ["magic before version", altered({ 1: 0, 2: 9, 3: 9 }), "DATAGRAM_MAGIC"],
    ["version before type", altered({ 2: 9, 3: 9 }), "DATAGRAM_VERSION"],
  ])("framing: %s", (_, datagram, reason) => {
    expect(checkDatagramFraming(datagram)).toBe(reason);
    expect(checkDatagramStructure(datagram)).toBe(reason);
  });

  test.each([
    ["k = 0", { 44: 0 }],
    ["n < k", { 45: 2, 46: 0 }],
    ["index = n", { 46: 7 }],
    ["sequence 0", { 34: 0, 35: 0, 39: 0 }],
    ["sequence 2^53", { 33: 0x20 }],
    ["block too long for k symbols", { 43: 145 }],
    ["block of a smaller symbol size", { 43: 96 }],
    ["block that leaves a source symbol empty", { 43: 144, 44: 4 }],
    ["k of a smaller symbol size", { 44: 4 }],
    ["block of 4 GiB", { 40: 0xff }],
    ["empty block", { 43: 0 }],
  ])("structure: %s", (_, changes) => {
    const datagram = altered(changes as unknown as Record<number, number>);
    expect(checkDatagramFraming(datagram)).toBeUndefined();
    expect(checkDatagramStructure(datagram)).toBe("DATAGRAM_STRUCTURE");
  });

  test("the ends of what is allowed", () => {
    expect(checkDatagramStructure(altered({ 45: 255, 46: 254 }))).toBeUndefined();
    expect(checkDatagramStructure(altered({ 43: 97 }))).toBeUndefined();
    expect(checkDatagramStructure(altered({ 43: 144 }))).toBeUndefined();
    expect(
      checkDatagramStructure(altered({ 32: 0, 33: 0x1f, 34: 255, 35: 255, 36: 255, 37: 255, 38: 255, 39: 255 })),
    ).toBeUndefined();
    expect(checkDatagramStructure(altered({ 47: 0xff }))).toBeUndefined(); // unknown flags are ignored
  });

  test("arbitrary bytes never throw, and what passes fits its slab", () => {
    const headed = fc
      .tuple(fc.uint8Array({ minLength: 44, maxLength: 400 }), fc.boolean())
      .map(([rest, framed]) => (framed ? Uint8Array.of(0x4e, 0x52, 1, 1, ...rest) : rest));
    fc.assert(
      fc.property(headed, (bytes) => {
        if (checkDatagramStructure(bytes) !== undefined) return;
        const header = decodeDatagramHeader(bytes);
        expect(header.blockBytes).toBeLessThanOrEqual(header.sourceSymbols * datagramSymbol(bytes).length);
        expect(header.symbolIndex).toBeLessThan(header.totalSymbols);
      }),
      { seed: 5, numRuns: 2000 },
    );
  });
});

describe("session and number", () => {
  test("session is compared whole", () => {
    const datagram = hex(vector.datagram);
    const session = hex(vector.header.session);
    expect(isDatagramOfSession(datagram, session)).toBe(true);
    expect(datagramSession(datagram)).toEqual(session);
    for (let at = 0; at < 8; at++) {
      const other = session.slice();
      other[at]! ^= 1;
      expect(isDatagramOfSession(datagram, other)).toBe(false);
    }
  });

  test("a number beyond 2^53−1 is not mistaken for a safe one", () => {
    expect(Number.isSafeInteger(datagramNumber(altered({ 24: 0xff })))).toBe(false);
  });
});
