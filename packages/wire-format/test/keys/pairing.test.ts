import fc from "fast-check";
import nacl from "tweetnacl";
import { describe, expect, it } from "vitest";
import {
  decodeEnrolment,
  decodeEnrolmentSecret,
  encodeEnrolment,
  encodeEnrolmentSecret,
  enrolmentOf,
  newEnrolmentSecret,
} from "../../src/keys/enrolment.ts";
import { enrolmentFingerprint, sameFingerprint, stationFingerprint } from "../../src/keys/fingerprint.ts";
import {
  decodePairing,
  encodePairing,
  makePairing,
  mergePairings,
  openingKeysOf,
  openPairing,
  pairingOf,
} from "../../src/keys/pairing.ts";
import {
  decodeStationKeys,
  encodeStationKeys,
  newStationKeys,
  sealingKeysOf,
  stationPublicKey,
} from "../../src/keys/station-keys.ts";
import { WireError } from "../../src/wire-error.ts";
import { repeatableRandom } from "./repeatable-random.ts";

const random = repeatableRandom("pairing");

const station = newStationKeys(random, 29_923_000);
const secret = newEnrolmentSecret(random, "IT 1");
const other = newEnrolmentSecret(random, "IT 2");

function codeOf(action: () => unknown): string {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe("pairing", () => {
  it("carries root, site, signing key and epoch floor to the enrolled station", () => {
    const carried = decodeEnrolment(encodeEnrolment(enrolmentOf(secret)));
    const pairing = openPairing(makePairing(station, carried, random), secret);
    const keys = openingKeysOf(pairing);
    expect(keys.site).toEqual(station.site);
    expect(keys.generations.get(1)).toMatchObject({
      generation: 1,
      root: station.generations[0]!.root,
      epochFloor: 29_923_000,
    });
    expect(pairing.publicKey).toEqual(stationPublicKey(station));
    expect(sealingKeysOf(station)).toMatchObject({ generation: 1, epochFloor: 29_923_000 });
  });

  it("gives several IT stations the same roots, each its own file", () => {
    const files = [secret, other].map((enrolled) => makePairing(station, enrolmentOf(enrolled), random));
    expect(openPairing(files[0]!, secret)).toEqual(openPairing(files[1]!, other));
    expect(codeOf(() => openPairing(files[0]!, other))).toBe("KEY_PAIRING");
    expect(codeOf(() => openPairing(files[1]!, secret))).toBe("KEY_PAIRING");
  });

  it("never shows the root in the carried file", () => {
    const file = makePairing(station, enrolmentOf(secret), random);
    const root = Buffer.from(station.generations[0]!.root);
    expect(encodePairing(pairingOf(station))).toContain(root.toString("base64")); // control
    expect(file).not.toContain(root.toString("base64"));
    expect(Buffer.from(JSON.parse(file).box, "base64").includes(root)).toBe(false);
  });

  it("altered anywhere does not open", () => {
    const file = JSON.parse(makePairing(station, enrolmentOf(secret), random)) as Record<string, string>;
    for (const field of ["senderBoxKey", "nonce", "box"]) {
      const bytes = Buffer.from(file[field]!, "base64");
      bytes[3]! ^= 1;
      expect(codeOf(() => openPairing(JSON.stringify({ ...file, [field]: bytes.toString("base64") }), secret))).toBe(
        "KEY_PAIRING",
      );
    }
    expect(codeOf(() => openPairing(JSON.stringify(file), secret))).toBe("ok"); // control
  });

  it("boxed by somebody else around a genuine public key is refused", () => {
    const forge = (signature: Uint8Array): string => {
      const roots = { ...pairingOf(station), generations: [{ generation: 1, root: random(32), epochFloor: 0 }] };
      const sender = nacl.box.keyPair.fromSecretKey(random(32));
      const nonce = random(24);
      const box = nacl.box(
        Buffer.concat([signature, Buffer.from(encodePairing(roots))]),
        nonce,
        enrolmentOf(secret).boxKey,
        sender.secretKey,
      );
      const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
      return JSON.stringify({
        format: "nonreturn/boxed-pairing/1",
        senderBoxKey: base64(sender.publicKey),
        nonce: base64(nonce),
        box: base64(box),
      });
    };
    expect(codeOf(() => openPairing(forge(random(64)), secret))).toBe("KEY_PAIRING");
    // The signature of a pairing made for another enrolment does not serve either.
    const genuine = JSON.parse(makePairing(station, enrolmentOf(other), random)) as Record<
      "box" | "nonce" | "senderBoxKey",
      string
    >;
    const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
    const opened = nacl.box.open(
      bytes(genuine.box),
      bytes(genuine.nonce),
      bytes(genuine.senderBoxKey),
      other.boxSecretKey,
    )!;
    const sender = nacl.box.keyPair.fromSecretKey(random(32));
    const nonce = random(24);
    const moved = nacl.box(opened, nonce, enrolmentOf(secret).boxKey, sender.secretKey);
    const base64 = (part: Uint8Array): string => Buffer.from(part).toString("base64");
    const file = JSON.stringify({
      format: "nonreturn/boxed-pairing/1",
      senderBoxKey: base64(sender.publicKey),
      nonce: base64(nonce),
      box: base64(moved),
    });
    expect(codeOf(() => openPairing(file, secret))).toBe("KEY_PAIRING");
  });

  it("of the same OT station adds generations, of another is refused", () => {
    const known = pairingOf(station);
    const second = { generation: 2, root: random(32), epochFloor: 30_000_000 };
    const merged = mergePairings(known, { ...known, generations: [...known.generations, second] });
    expect(merged.generations.map(({ generation }) => generation)).toEqual([1, 2]);
    expect(mergePairings(merged, { ...known, generations: [second] })).toEqual(merged);
    expect(sealingKeysOf({ ...station, generations: merged.generations }).generation).toBe(2);
    expect(codeOf(() => mergePairings(known, { ...known, generations: [{ ...second, generation: 1 }] }))).toBe(
      "KEY_PAIRING",
    );
    expect(codeOf(() => mergePairings(known, pairingOf(newStationKeys(random, 1))))).toBe("KEY_PAIRING");
  });
});

describe("key files", () => {
  it("come back", () => {
    expect(decodeStationKeys(encodeStationKeys(station))).toEqual(station);
    expect(decodeEnrolmentSecret(encodeEnrolmentSecret(secret))).toEqual(secret);
    expect(decodePairing(encodePairing(pairingOf(station)))).toEqual(pairingOf(station));
  });

  it.each([
    ["no JSON", () => "{"],
    ["no object", () => "[]"],
    ["another format", (file: Record<string, unknown>) => ({ ...file, format: "nonreturn/station-keys/2" })],
    ["a public file in place of the private one", () => JSON.parse(encodeEnrolment(enrolmentOf(secret)))],
    ["a site of 7 bytes", (file: Record<string, unknown>) => ({ ...file, site: "AAAAAAAAAA==" })],
    ["no base64", (file: Record<string, unknown>) => ({ ...file, site: "AAAAAAAAAA*=" })],
    ["no seed", (file: Record<string, unknown>) => ({ ...file, signingSeed: undefined })],
    ["no generation", (file: Record<string, unknown>) => ({ ...file, generations: [] })],
    [
      "a generation twice",
      (file: Record<string, unknown>) => ({
        ...file,
        generations: [...(file.generations as []), ...(file.generations as [])],
      }),
    ],
    [
      "generation 0",
      (file: Record<string, unknown>) => ({
        ...file,
        generations: [{ ...(file.generations as object[])[0], generation: 0 }],
      }),
    ],
    [
      "an epoch floor above 32 bits",
      (file: Record<string, unknown>) => ({
        ...file,
        generations: [{ ...(file.generations as object[])[0], epochFloor: 2 ** 32 }],
      }),
    ],
    ["a null generation", (file: Record<string, unknown>) => ({ ...file, generations: [null] })],
  ])("with %s are refused", (_, change) => {
    const changed = change(JSON.parse(encodeStationKeys(station)) as Record<string, unknown>);
    expect(codeOf(() => decodeStationKeys(typeof changed === "string" ? changed : JSON.stringify(changed)))).toBe(
      "KEY_FILE",
    );
  });

  it("of any text or JSON are refused by WireError KEY_FILE", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(codeOf(() => decodeStationKeys(text))).toBe("KEY_FILE");
        expect(codeOf(() => decodeEnrolment(text))).toBe("KEY_FILE");
        expect(codeOf(() => openPairing(text, secret))).toBe("KEY_FILE");
      }),
      { seed: 16, numRuns: 500 },
    );
  });
});

describe("fingerprint", () => {
  it("is six groups of four, and may be typed as people do", () => {
    const fingerprint = enrolmentFingerprint(enrolmentOf(secret).boxKey);
    expect(fingerprint).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(sameFingerprint(fingerprint, fingerprint.toLowerCase().replaceAll("-", " "))).toBe(true);
    expect(sameFingerprint(fingerprint, fingerprint.slice(0, -1))).toBe(false);
    expect(sameFingerprint(fingerprint, enrolmentFingerprint(enrolmentOf(other).boxKey))).toBe(false);
  });

  it("of a station names site and key", () => {
    const publicKey = stationPublicKey(station);
    const one = stationFingerprint(station.site, publicKey);
    expect(stationFingerprint(random(8), publicKey)).not.toBe(one);
    expect(stationFingerprint(station.site, random(32))).not.toBe(one);
  });
});
