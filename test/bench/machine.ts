/** Where a benchmark ran: without it no figure means anything.
 *  operating system, installed tools → [machine] → table, JSON */
import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  /** Runnable processes in the last minute: above the number of cores, others took part of the machine. */
  readonly loadBefore: number;
  /** Debian packages that peers come from, with version; those that are not installed are left out. */
  readonly tools: Readonly<Record<string, string>>;
}

const PACKAGES = ["udpcast", "nftables", "mosquitto", "iproute2"];

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    tools: Object.fromEntries(
      PACKAGES.flatMap((name) => {
        const version = versionOf(name);
        return version === undefined ? [] : [[name, version]];
      }),
    ),
  };
}

function versionOf(debianPackage: string): string | undefined {
  const { status, stdout } = spawnSync("dpkg", ["-s", debianPackage], { encoding: "utf8" });
  return status === 0 ? /^Version: (.+)$/m.exec(stdout)?.[1] : undefined;
}
