import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgram, StationError, systemClock } from "@nonreturn/station";
import {
  encodeEnrolment,
  enrolmentFingerprint,
  enrolmentOf,
  newEnrolmentSecret,
  openingKeysOf,
  openPairing,
  stationFingerprint,
} from "@nonreturn/wire-format";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addKeysCommands } from "../../src/keys/keys-command.ts";
import { loadSealingKeys } from "../../src/keys/station-key-file.ts";

const EPOCH = 29_923_680;
const secret = newEnrolmentSecret(randomBytes, "IT 1");
const enrolment = enrolmentOf(secret);

let folder: string;
let keysFolder: string;
let enrolmentFile: string;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nonreturn-keys-"));
  keysFolder = join(folder, "keys");
  enrolmentFile = join(folder, "enrolment.json");
  writeFileSync(enrolmentFile, encodeEnrolment(enrolment));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Run one command line; the StationError's code, or "ok". */
async function run(...argv: string[]): Promise<string> {
  printed = [];
  const program = createProgram("nonreturn-ot", "", "0.1.0");
  const clock = { ...systemClock, nowUtcMicros: () => EPOCH * 60_000_000 + 59_999_999 };
  const print = (line: string): void => void printed.push(line);
  addKeysCommands(program, { random: randomBytes, clock, print, keysFolder, keysFolderOf: () => keysFolder });
  try {
    await program.parseAsync(argv, { from: "user" });
    return "ok";
  } catch (error) {
    if (error instanceof StationError) return error.code;
    throw error;
  }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const stationKeyFile = (): string => join(keysFolder, "station-keys.json");
const pairingFile = (name = "pairing.json"): string => join(folder, name);

describe("nonreturn-ot keys", () => {
  it("pair makes private keys on first use and a pairing file that the enrolled station opens", async () => {
    expect(await run("keys", "pair", enrolmentFile, "--out", pairingFile())).toBe("ok");
    expect(modeOf(keysFolder)).toBe(0o700);
    expect(modeOf(stationKeyFile())).toBe(0o600);

    const pairing = openPairing(readFileSync(pairingFile(), "utf8"), secret);
    const sealing = loadSealingKeys(keysFolder);
    const opening = openingKeysOf(pairing);
    expect(opening.site).toEqual(sealing.site);
    expect(opening.generations.get(1)).toMatchObject({ root: sealing.root, epochFloor: EPOCH });
    expect(sealing.epochFloor).toBe(EPOCH);

    const text = printed.join("\n");
    expect(text).toContain(enrolmentFingerprint(enrolment.boxKey));
    expect(text).toContain(stationFingerprint(pairing.site, pairing.publicKey));
    expect(text).not.toContain(Buffer.from(sealing.root).toString("base64"));
  });

  it("pair keeps the keys for a second IT station", async () => {
    const second = newEnrolmentSecret(randomBytes, "IT 2");
    const secondFile = join(folder, "enrolment-2.json");
    writeFileSync(secondFile, encodeEnrolment(enrolmentOf(second)));
    await run("keys", "pair", enrolmentFile, "--out", pairingFile("one.json"));
    const before = readFileSync(stationKeyFile(), "utf8");
    expect(await run("keys", "pair", secondFile, "--out", pairingFile("two.json"))).toBe("ok");
    expect(readFileSync(stationKeyFile(), "utf8")).toBe(before);
    expect(openPairing(readFileSync(pairingFile("two.json"), "utf8"), second)).toEqual(
      openPairing(readFileSync(pairingFile("one.json"), "utf8"), secret),
    );
  });

  it("pair with a fingerprint accepts only that enrolment", async () => {
    const wrong = enrolmentFingerprint(new Uint8Array(32));
    expect(await run("keys", "pair", enrolmentFile, "--out", pairingFile(), "--fingerprint", wrong)).toBe(
      "ENROLMENT_REFUSED",
    );
    expect(existsSync(pairingFile())).toBe(false);
    expect(existsSync(stationKeyFile())).toBe(false);
    const typed = enrolmentFingerprint(enrolment.boxKey).toLowerCase().replaceAll("-", " ");
    expect(await run("keys", "pair", enrolmentFile, "--out", pairingFile(), "--fingerprint", typed)).toBe("ok");
  });

  it("pair refuses what is no enrolment, and never overwrites a file", async () => {
    expect(await run("keys", "pair", join(folder, "none"), "--out", pairingFile())).toBe("ENROLMENT_INVALID");
    writeFileSync(join(folder, "other"), "{}");
    expect(await run("keys", "pair", join(folder, "other"), "--out", pairingFile())).toBe("ENROLMENT_INVALID");
    expect(await run("keys", "pair", enrolmentFile, "--out", enrolmentFile)).toBe("PAIRING_EXISTS");
    expect(readFileSync(enrolmentFile, "utf8")).toBe(encodeEnrolment(enrolment));
  });

  it("show prints the station's fingerprint", async () => {
    await run("keys", "pair", enrolmentFile, "--out", pairingFile());
    const { site, publicKey } = openPairing(readFileSync(pairingFile(), "utf8"), secret);
    expect(await run("keys", "show")).toBe("ok");
    expect(printed).toContain(`station fingerprint  ${stationFingerprint(site, publicKey)}`);
  });

  it("without keys names the command to run", async () => {
    expect(await run("keys", "show")).toBe("KEYS_MISSING");
    expect(() => loadSealingKeys(keysFolder)).toThrow(/nonreturn-ot keys pair/);
  });

  it("refuses keys that others can read, and damaged ones, and leaves both alone", async () => {
    await run("keys", "pair", enrolmentFile, "--out", pairingFile());
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(stationKeyFile(), mode);
      expect(await run("keys", "show")).toBe("FILE_NOT_PRIVATE");
    }
    chmodSync(stationKeyFile(), 0o600);
    expect(await run("keys", "show")).toBe("ok");
    writeFileSync(stationKeyFile(), "{}");
    expect(await run("keys", "pair", enrolmentFile, "--out", pairingFile("again.json"))).toBe("KEYS_INVALID");
    expect(readFileSync(stationKeyFile(), "utf8")).toBe("{}");
  });
});
