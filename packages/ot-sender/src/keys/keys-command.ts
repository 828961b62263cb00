/** `nonreturn-ot keys pair` and `keys show`: pairing an IT station with this OT station.
 *  command line → [keys command] → station key file, pairing file */
import { existsSync, readFileSync } from "node:fs";
import {
  type Clock,
  type Command,
  type KeysFolderSurroundings,
  StationError,
  withKeysFolder,
  writeFileDurably,
} from "@nonreturn/station";
import {
  decodeEnrolment,
  type Enrolment,
  enrolmentFingerprint,
  makePairing,
  type StationKeys,
  sameFingerprint,
  stationFingerprint,
  stationPublicKey,
} from "@nonreturn/wire-format";
import { loadOrCreateStationKeys, loadStationKeys } from "./station-key-file.ts";

/** What the entry point injects. */
export interface KeysSurroundings extends KeysFolderSurroundings {
  /** Fresh cryptographic random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  readonly clock: Clock;
}

const MICROS_PER_MINUTE = 60_000_000;

/** Add the `keys` commands to a program. Their actions throw StationError. */
export function addKeysCommands(program: Command, surroundings: KeysSurroundings): void {
  const keys = program.command("keys").description("keys of this station, and pairing with IT stations");
  withKeysFolder(keys.command("pair"), surroundings)
    .description("make a pairing file for an IT station; makes this station's keys on first use")
    .argument("<enrolment-file>", "made by: nonreturn-it keys new")
    .requiredOption("--out <pairing-file>", "where to write the pairing file that is carried to the IT station")
    .option("--fingerprint <text>", "the enrolment's fingerprint as read aloud on the IT side; refused if it differs")
    .action((enrolmentFile: string, options: PairOptions) => pair(enrolmentFile, options, surroundings));
  withKeysFolder(keys.command("show"), surroundings)
    .description("show this station's fingerprint")
    .action((options: { keys: string }) => {
      for (const line of describeKeys(loadStationKeys(options.keys))) surroundings.print(line);
    });
}

interface PairOptions {
  readonly out: string;
  readonly keys: string;
  readonly fingerprint?: string;
}

function pair(enrolmentFile: string, options: PairOptions, surroundings: KeysSurroundings): void {
  const { clock, random, print } = surroundings;
  const enrolment = readEnrolment(enrolmentFile);
  const fingerprint = enrolmentFingerprint(enrolment.boxKey);
  if (options.fingerprint !== undefined && !sameFingerprint(fingerprint, options.fingerprint)) {
    throw new StationError({
      code: "ENROLMENT_REFUSED",
      what: `the file's fingerprint is ${fingerprint}, not the one given`,
      where: enrolmentFile,
      action:
        "Compare it with what `nonreturn-it keys show` prints. If it differs there too, the file was exchanged on its way.",
    });
  }
  if (existsSync(options.out)) {
    throw new StationError({
      code: "PAIRING_EXISTS",
      what: "there is a file of this name already",
      where: options.out,
      action: "Give another name with --out, or remove the file.",
    });
  }
  const epochFloor = Math.floor(clock.nowUtcMicros() / MICROS_PER_MINUTE);
  const { keys, origin } = loadOrCreateStationKeys(options.keys, random, epochFloor);
  // Secret only from those who do not hold the enrolment's private half, so it may be carried openly.
  writeFileDurably(options.out, makePairing(keys, enrolment, random), { mode: 0o644 });
  if (origin === "created") print(`New keys of this station are in ${options.keys}. Back them up.`);
  print(`Pairing file for "${enrolment.name}": ${options.out}`);
  print(`  enrolment fingerprint  ${fingerprint}   (must be what \`nonreturn-it keys show\` prints)`);
  print(`  station fingerprint    ${fingerprintOf(keys)}   (must be what \`nonreturn-it keys accept\` prints)`);
  print(`Carry it to the IT station and run there: nonreturn-it keys accept ${options.out} --config FILE`);
}

function describeKeys(keys: StationKeys): string[] {
  const current = keys.generations.at(-1)!;
  return [
    `station fingerprint  ${fingerprintOf(keys)}`,
    `site                 ${Buffer.from(keys.site).toString("hex")}`,
    `key generation       ${current.generation} (epoch floor ${current.epochFloor})`,
  ];
}

function fingerprintOf(keys: StationKeys): string {
  return stationFingerprint(keys.site, stationPublicKey(keys));
}

function readEnrolment(path: string): Enrolment {
  try {
    return decodeEnrolment(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new StationError(
      {
        code: "ENROLMENT_INVALID",
        what: `no enrolment file (${cause instanceof Error ? cause.message : String(cause)})`,
        where: path,
        action: "Name the file that `nonreturn-it keys new` made on the IT station.",
      },
      { cause },
    );
  }
}
