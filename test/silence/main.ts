/** `npm run silence [-- --out FOLDER]`: proves that a hardened receiver sends nothing back, and that an unhardened one would be caught.
 *  [main] → control run, hardened run → judge → evidence, exit code */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { nowMs } from "./phases.ts";
import { Programs } from "./programs.ts";
import { runControl, runHardened, type Surroundings } from "./runs.ts";
import { createSite, type Site } from "./site.ts";

const { values } = parseArgs({ options: { out: { type: "string" } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (process.platform !== "linux" || process.getuid?.() !== 0) {
  process.stderr.write("npm run silence makes network namespaces: it needs Linux and root.\n");
  process.exit(2);
}

const startedMs = nowMs();
const stamp = new Date(startedMs).toISOString().replaceAll(":", "-").slice(0, 19);
const root = fileURLToPath(new URL("../../", import.meta.url));
const out = resolve(values.out ?? join(root, ".nonreturn", "silence", `${stamp}Z`));
const work = mkdtempSync(join(tmpdir(), "nonreturn-silence-"));
/** What has to go on every way out, last made first. */
const leftovers: (() => void)[] = [() => rmSync(work, { recursive: true, force: true })];
const clean = (): void => {
  for (const remove of leftovers.splice(0).reverse()) remove();
};
process.on("exit", clean);
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  process.on(signal, () => process.exit(code));

async function within<Result>(name: string, run: (surroundings: Surroundings) => Promise<Result>): Promise<Result> {
  const folder = join(work, name);
  mkdirSync(folder, { mode: 0o700 });
  const site: Site = createSite(`nr${process.pid}${name[0]}`);
  leftovers.push(() => site.remove());
  const programs = new Programs(site);
  leftovers.push(() => programs.kill());
  try {
    return await run({ site, programs, folder, say });
  } catch (error) {
    say(`${name} run broke off; logs of the stations are in ${out}`);
    mkdirSync(out, { recursive: true });
    for (const log of ["ot-station.log", "it-station.log", "plant.log", "talk-back.log"])
      try {
        copyFileSync(join(folder, log), join(out, `${name}-${log}`));
      } catch {
        // It did not come so far.
      }
    throw error;
  } finally {
    await programs.killAll();
    site.remove();
  }
}

try {
  say("control    two machines as they come out of the box …");
  const control = await within("control", runControl);
  say("hardened   the same with what `harden` made …");
  const hardened = await within("hardened", runHardened);
  mkdirSync(out, { recursive: true });
  for (const name of ["control", "hardened"]) copyFileSync(join(work, name, `${name}.pcap`), join(out, `${name}.pcap`));
  const reasons = judge(hardened, control);
  for (const line of writeEvidence(out, startedMs, hardened, control, reasons)) say(line);
  say(`           in ${out}, after ${Math.round((nowMs() - startedMs) / 1000)} s`);
  process.exitCode = reasons.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
