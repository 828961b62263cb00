/** What an auditor is shown: when, where, with which software and rules, what was tried, what was seen.
 *  both runs, judge → [evidence] → evidence.json, report.txt */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { release, version } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Frame } from "./capture.ts";
import type { Attempt } from "./phases.ts";
import type { HardenedStory, runControl } from "./runs.ts";

type ControlStory = Awaited<ReturnType<typeof runControl>>;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SHOWN = 40;

export function writeEvidence(
  folder: string,
  atMs: number,
  hardened: HardenedStory,
  control: ControlStory,
  reasons: readonly string[],
): string[] {
  const { capture, rules, ...counts } = hardened;
  const evidence = {
    what: "Frames that a receiver's machine sent back towards the sender, hardened and unhardened",
    at: new Date(atMs).toISOString(),
    verdict: reasons.length === 0 ? "silent" : "not proven",
    reasons,
    software: {
      kernel: `${release()} ${version()}`,
      node: process.version,
      nft: said("nft", ["--version"]),
      tcpdump: said("tcpdump", ["--version"]),
      iproute2: said("ip", ["-V"]),
      source: sourceDigest(),
    },
    hardened: {
      ...counts,
      attempts: summary(hardened.attempts),
      capture: { file: capture.file, sha256: capture.sha256, frames: capture.frames.length },
      rules: Object.fromEntries(Object.entries(rules).map(([name, text]) => [name, { sha256: sha256(text), text }])),
    },
    control: {
      frames: control.frames,
      kinds: kindsOf(control.capture.frames),
      phases: control.phases,
      attempts: summary(control.attempts),
      captureDropped: control.captureDropped,
      capture: { file: control.capture.file, sha256: control.capture.sha256 },
      firstFrames: control.capture.frames.slice(0, SHOWN).map(({ text }) => text),
    },
  };
  const text = `${JSON.stringify(evidence, null, 2)}\n`;
  writeFileSync(join(folder, "evidence.json"), text);
  const report = reportOf(hardened, control, reasons, sha256(text));
  writeFileSync(join(folder, "report.txt"), `${evidence.at}\n${report.join("\n")}\n`);
  return report;
}

function reportOf(
  hardened: HardenedStory,
  control: ControlStory,
  reasons: readonly string[],
  digest: string,
): string[] {
  const { flow, samples } = hardened;
  const seen = Object.values(hardened.framesByPhase).reduce((sum, count) => sum + count, hardened.framesBetween);
  return [
    `hardened   ${seen} frames came back in ${hardened.phases.length} phases; interface counters: sender received ${hardened.receivedByOt}, receiver sent ${hardened.sentByIt}`,
    ...Object.entries(hardened.framesByPhase).map(
      ([phase, count]) => `           ${String(count).padStart(4)}  ${phase}`,
    ),
    `           the receiver's filter refused ${hardened.refusedOut} frames in the first three phases`,
    `           flow ${flow.leftOt.packets} packets, ${flow.leftOt.bytes} bytes left; ${flow.reachedIt.packets} packets, ${flow.reachedIt.bytes} bytes arrived; ${hardened.receiveErrors} lost in the socket`,
    `           samples ${samples.reported} reported, ${samples.missing} missing, ${samples.repeated} repeated, ${samples.altered} altered, ${samples.foreign} foreign; ${hardened.gapCodesCarried} gap codes carried`,
    `           root past the queueing layer: ${hardened.framesPastQueueing} frames arrived; rules taken away: ${hardened.framesWithoutRules} frames seen`,
    `control    ${control.frames} frames came back from an unhardened machine: ${Object.entries(
      kindsOf(control.capture.frames),
    )
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", ")}`,
    `evidence   evidence.json sha256 ${digest}`,
    reasons.length === 0
      ? "verdict    silent"
      : `verdict    NOT PROVEN\n${reasons.map((reason) => `           ${reason}`).join("\n")}`,
  ];
}

/** By protocol, as tcpdump names it: "ARP", "IPv4 ICMP". */
function kindsOf(frames: readonly Frame[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const { text } of frames) {
    const kind = kindOf(text);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

function kindOf(text: string): string {
  const family = /(ARP|IPv6|IPv4|0x[0-9a-f]{4})/.exec(text.replace(/^.*? > [^,]*, /, ""))?.[1] ?? "other";
  const protocol = /ICMP6|ICMP|UDP|igmp|tcp|HBH/i.exec(text)?.[0];
  return protocol === undefined || family === "ARP" ? family : `${family} ${protocol}`;
}

function summary(attempts: Readonly<Record<string, readonly Attempt[]>>) {
  return Object.fromEntries(
    Object.entries(attempts).map(([who, list]) => {
      const counts: Record<string, number> = {};
      for (const { kind, outcome } of list) counts[`${kind}: ${outcome}`] = (counts[`${kind}: ${outcome}`] ?? 0) + 1;
      return [who, counts];
    }),
  );
}

/** Over every file that runs here and in what version: the packages' sources, and the lockfile for everything else. */
function sourceDigest(): { readonly files: number; readonly sha256: string; readonly commit: string } {
  const commit = said("git", ["-C", ROOT, "rev-parse", "HEAD"]);
  const tracked = said("git", ["-C", ROOT, "ls-files", "packages", "test/silence", "package-lock.json"]);
  const files = tracked.split("\n").filter((name) => name !== "");
  const hash = createHash("sha256");
  for (const name of files) {
    hash.update(`${name}\n`);
    hash.update(sha256(readQuietly(join(ROOT, name))));
  }
  return { files: files.length, sha256: hash.digest("hex"), commit };
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function said(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
