import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgram, StationError } from "@nonreturn/station";
import {
  decodeEnrolment,
  makePairing,
  newStationKeys,
  type StationKeys,
  stationFingerprint,
  stationPublicKey,
} from "@nonreturn/wire-format";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addKeysCommands } from "../../src/keys/keys-command.ts";
import { loadOpeningKeys } from "../../src/keys/pairing-file.ts";

const station = newStationKeys(randomBytes, 29_923_680);

let folder: string;
let keysFolder: string;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nonreturn-keys-"));
  keysFolder = join(folder, "keys");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Run one command line; the StationError's code, or "ok". */
async function run(...argv: string[]): Promise<string> {
  printed = [];
  const program = createProgram("nonreturn-it", "", "0.1.0");
  const print = (line: string): void => void printed.push(line);
  addKeysCommands(program, {
    random: randomBytes,
    print,
    keysFolder,
    keysFolderOf: () => keysFolder,
    stationNameOf: (configFile) => `name in ${configFile}`,
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return "ok";
  } catch (error) {
    if (error instanceof StationError) return error.code;
    throw error;
  }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const inKeys = (name: string): string => join(keysFolder, name);

/** What the OT station makes of this station's enrolment file. */
function pairingFrom(keys: StationKeys): string {
  const path = join(folder, "carried.json");
  const enrolment = decodeEnrolment(readFileSync(inKeys("enrolment.json"), "utf8"));
  writeFileSync(path, makePairing(keys, enrolment, randomBytes));
  return path;
}

const fingerprint = stationFingerprint(station.site, stationPublicKey(station));

describe("nonreturn-it keys", () => {
  it("new makes a private key and a public enrolment file", async () => {
    expect(await run("keys", "new", "--name", "Leitwarte")).toBe("ok");
    expect(modeOf(keysFolder)).toBe(0o700);
    expect(modeOf(inKeys("enrolment-secret.json"))).toBe(0o600);
    expect(decodeEnrolment(readFileSync(inKeys("enrolment.json"), "utf8")).name).toBe("Leitwarte");
    const secret = JSON.parse(readFileSync(inKeys("enrolment-secret.json"), "utf8")).boxSecretKey as string;
    expect(readFileSync(inKeys("enrolment.json"), "utf8")).not.toContain(secret);
    expect(printed.join("\n")).not.toContain(secret);
  });

  it.each([
    [["--config", "it.yaml"], "name in it.yaml"],
    [["--config", "it.yaml", "--name", "Leitwarte"], "Leitwarte"],
    [["--keys", "KEYS"], "IT station"],
  ])("new names the station as its configuration does, unless told otherwise: %j", async (options, name) => {
    expect(await run("keys", "new", ...options.map((one) => (one === "KEYS" ? keysFolder : one)))).toBe("ok");
    expect(decodeEnrolment(readFileSync(inKeys("enrolment.json"), "utf8")).name).toBe(name);
  });

  it("new never replaces a private key", async () => {
    await run("keys", "new");
    const before = readFileSync(inKeys("enrolment-secret.json"), "utf8");
    expect(await run("keys", "new")).toBe("KEYS_EXIST");
    expect(readFileSync(inKeys("enrolment-secret.json"), "utf8")).toBe(before);
  });

  it("accept keeps the roots privately, and they load", async () => {
    await run("keys", "new");
    expect(await run("keys", "accept", pairingFrom(station))).toBe("ok");
    expect(printed.join("\n")).toContain(fingerprint);
    expect(modeOf(inKeys("pairing.json"))).toBe(0o600);
    const keys = loadOpeningKeys(keysFolder);
    expect(keys.site).toEqual(station.site);
    expect(keys.generations.get(1)).toMatchObject({ root: station.generations[0]!.root, epochFloor: 29_923_680 });
  });

  it("accept with a fingerprint accepts only that station", async () => {
    await run("keys", "new");
    const other = newStationKeys(randomBytes, 1);
    expect(await run("keys", "accept", pairingFrom(other), "--fingerprint", fingerprint)).toBe("PAIRING_REFUSED");
    expect(existsSync(inKeys("pairing.json"))).toBe(false);
    expect(await run("keys", "accept", pairingFrom(station), "--fingerprint", fingerprint.toLowerCase())).toBe("ok");
  });

  it("accept refuses files for another enrolment, of another OT station, and what is no pairing file", async () => {
    await run("keys", "new");
    const carried = pairingFrom(station);
    await run("keys", "accept", carried);
    const before = readFileSync(inKeys("pairing.json"), "utf8");
    expect(await run("keys", "accept", pairingFrom(newStationKeys(randomBytes, 1)))).toBe("PAIRING_REFUSED");
    expect(await run("keys", "accept", inKeys("enrolment.json"))).toBe("PAIRING_REFUSED");
    expect(await run("keys", "accept", join(folder, "none"))).toBe("PAIRING_REFUSED");
    expect(readFileSync(inKeys("pairing.json"), "utf8")).toBe(before);

    const elsewhere = pairingFrom(station);
    rmSync(keysFolder, { recursive: true });
    await run("keys", "new");
    expect(await run("keys", "accept", elsewhere)).toBe("PAIRING_REFUSED");
  });

  it("accept of a further file of the same station adds its generations", async () => {
    await run("keys", "new");
    await run("keys", "accept", pairingFrom(station));
    const rolled = {
      ...station,
      generations: [{ generation: 2, root: new Uint8Array(randomBytes(32)), epochFloor: 29_923_999 }],
    };
    expect(await run("keys", "accept", pairingFrom(rolled))).toBe("ok");
    expect([...loadOpeningKeys(keysFolder).generations.keys()]).toEqual([1, 2]);
  });

  it("show prints both fingerprints once paired", async () => {
    expect(await run("keys", "show")).toBe("KEYS_MISSING");
    await run("keys", "new");
    expect(await run("keys", "show")).toBe("ok");
    expect(printed).toContain("not paired with an OT station yet");
    await run("keys", "accept", pairingFrom(station));
    await run("keys", "show");
    expect(printed.join("\n")).toContain(fingerprint);
  });

  it("without a pairing names the commands to run, and refuses files that others can read or that are damaged", async () => {
    expect(() => loadOpeningKeys(keysFolder)).toThrow(/nonreturn-it keys new.*nonreturn-it keys accept/);
    expect(await run("keys", "accept", "x")).toBe("KEYS_MISSING");
    await run("keys", "new");
    await run("keys", "accept", pairingFrom(station));
    for (const name of ["pairing.json", "enrolment-secret.json"]) {
      chmodSync(inKeys(name), 0o644);
      expect(await run("keys", "show")).toBe("FILE_NOT_PRIVATE");
      chmodSync(inKeys(name), 0o600);
    }
    writeFileSync(inKeys("pairing.json"), "{");
    expect(() => loadOpeningKeys(keysFolder)).toThrow(expect.objectContaining({ code: "KEYS_INVALID" }));
  });
});
