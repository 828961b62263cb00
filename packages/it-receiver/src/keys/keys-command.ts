/** `nonreturn-it keys new`, `keys accept` and `keys show`: pairing this IT station with its OT station.
 *  command line → [keys command] → enrolment file, pairing file */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, type KeysFolderSurroundings, StationError, withKeysFolder } from "@nonreturn/station";
import {
  type EnrolmentSecret,
  enrolmentFingerprint,
  enrolmentOf,
  type Pairing,
  sameFingerprint,
  stationFingerprint,
} from "@nonreturn/wire-format";
import { createEnrolment, ENROLMENT_FILE, loadEnrolmentSecret } from "./enrolment-file.ts";
import { keepPairing, loadPairing, PAIRING_FILE, readPairingFile } from "./pairing-file.ts";

const UNNAMED = "IT station";

/** What the entry point injects. */
export interface KeysSurroundings extends KeysFolderSurroundings {
  /** Fresh cryptographic random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** `station.name` of a configuration file. Throws StationError. */
  readonly stationNameOf: (configFile: string) => string;
}

/** Add the `keys` commands to a program. Their actions throw StationError. */
export function addKeysCommands(program: Command, surroundings: KeysSurroundings): void {
  const { print } = surroundings;
  const keys = program.command("keys").description("keys of this station, and pairing with its OT station");
  withKeysFolder(keys.command("new"), surroundings)
    .description("make this station's private key and the enrolment file that is carried to the OT station")
    .option(
      "--name <text>",
      `name of this station, shown when it is paired (default: station.name of the configuration, without one ${UNNAMED})`,
    )
    .option(
      "--out <enrolment-file>",
      `where to write the enrolment file (default: ${ENROLMENT_FILE} in the keys folder)`,
    )
    .action((options: { name?: string; out?: string; keys: string; config?: string }) => {
      const enrolmentFile = options.out ?? join(options.keys, ENROLMENT_FILE);
      const named = options.config === undefined ? UNNAMED : surroundings.stationNameOf(options.config);
      const secret = createEnrolment(options.keys, enrolmentFile, options.name ?? named, surroundings.random);
      print(`Enrolment file: ${enrolmentFile}`);
      print(`  enrolment fingerprint  ${enrolmentFingerprintOf(secret)}`);
      print(
        `Carry it to the OT station and run there: nonreturn-ot keys pair ${enrolmentFile} --config FILE --out PAIRING_FILE`,
      );
    });
  withKeysFolder(keys.command("accept"), surroundings)
    .description("accept the pairing file that came from the OT station")
    .argument("<pairing-file>", "made by: nonreturn-ot keys pair")
    .option("--fingerprint <text>", "the station fingerprint as read aloud on the OT side; refused if it differs")
    .action((pairingFile: string, options: { keys: string; fingerprint?: string }) => {
      const pairing = readPairingFile(options.keys, pairingFile);
      const fingerprint = stationFingerprint(pairing.site, pairing.publicKey);
      refuseOtherFingerprint(fingerprint, options.fingerprint, pairingFile);
      keepPairing(options.keys, pairing, pairingFile);
      print("Paired.");
      print(`  station fingerprint    ${fingerprint}   (must be what \`nonreturn-ot keys show\` prints)`);
      if (options.fingerprint === undefined) {
        print(
          `If it differs, remove ${join(options.keys, PAIRING_FILE)}: the pairing file was not made by your OT station.`,
        );
      }
    });
  withKeysFolder(keys.command("show"), surroundings)
    .description("show the fingerprints of this station's enrolment and of its OT station")
    .action((options: { keys: string }) => {
      print(`enrolment fingerprint  ${enrolmentFingerprintOf(loadEnrolmentSecret(options.keys))}`);
      if (!existsSync(join(options.keys, PAIRING_FILE))) print("not paired with an OT station yet");
      else for (const line of describePairing(loadPairing(options.keys))) print(line);
    });
}

function enrolmentFingerprintOf(secret: EnrolmentSecret): string {
  return enrolmentFingerprint(enrolmentOf(secret).boxKey);
}

function describePairing(pairing: Pairing): string[] {
  return [
    `station fingerprint    ${stationFingerprint(pairing.site, pairing.publicKey)}`,
    `site                   ${Buffer.from(pairing.site).toString("hex")}`,
    ...pairing.generations.map(
      ({ generation, epochFloor }) => `key generation         ${generation} (epoch floor ${epochFloor})`,
    ),
  ];
}

function refuseOtherFingerprint(fingerprint: string, expected: string | undefined, pairingFile: string): void {
  if (expected === undefined || sameFingerprint(fingerprint, expected)) return;
  throw new StationError({
    code: "PAIRING_REFUSED",
    what: `the OT station's fingerprint is ${fingerprint}, not the one given`,
    where: pairingFile,
    action:
      "Compare it with what `nonreturn-ot keys show` prints. If it differs there too, the file was exchanged on its way.",
  });
}
