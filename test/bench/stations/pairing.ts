/** Keys for both stations of a measurement, made the way a person makes them: with the products' own commands.
 *  folder with it.yaml → [pairing] → it/, ot/keys */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const place = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
export const OT = place("packages/ot-sender/bin/nonreturn-ot.js");
export const IT = place("packages/it-receiver/bin/nonreturn-it.js");

export function pairStations(folder: string): void {
  const file = (name: string): string => join(folder, name);
  const run = (launcher: string, ...args: string[]): void =>
    void execFileSync(process.execPath, [launcher, "keys", ...args], { stdio: "pipe" });
  run(IT, "new", "--config", file("it.yaml"), "--out", file("enrolment.json"));
  run(OT, "pair", file("enrolment.json"), "--keys", file("ot/keys"), "--out", file("pairing.json"));
  run(IT, "accept", file("pairing.json"), "--config", file("it.yaml"));
}
