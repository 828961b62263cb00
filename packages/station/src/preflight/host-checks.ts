/** Checks of the machine itself: clock, disk, socket buffers, secrets.
 *  station configuration, machine → [host checks] → findings */
import { writeByteSize } from "../config/quantity.ts";
import { type Finding, failed, ok, unknown } from "./finding.ts";
import type { Machine } from "./machine.ts";

export interface HostNeeds {
  /** The link's socket asks for so much. */
  readonly buffer: { readonly limit: "rmem_max" | "wmem_max"; readonly bytes: number };
  readonly dataFolder: string;
  /** How large the data may grow, and which key says so. */
  readonly growsTo: { readonly bytes: number; readonly key: string };
  readonly keysFolder: string;
}

export function checkHost(needs: HostNeeds, machine: Machine): Finding[] {
  return [checkBuffer(needs, machine), checkClock(machine), checkDisk(needs, machine), checkKeys(needs, machine)];
}

function checkBuffer({ buffer: { limit, bytes } }: HostNeeds, machine: Machine): Finding {
  const text = machine.readText(`/proc/sys/net/core/${limit}`);
  const remedy = `sysctl -w net.core.${limit}=${bytes}, and the same in /etc/sysctl.d`;
  if (text === undefined) return unknown("buffers", `net.core.${limit} cannot be read here`, remedy);
  return Number(text) >= bytes
    ? ok("buffers", `net.core.${limit} is ${Number(text)}`)
    : failed("buffers", `net.core.${limit} is ${text.trim()}; the link asks for ${bytes}`, remedy);
}

/** systemd knows for every daemon that disciplines the kernel's clock; chrony is asked where systemd does not run. */
function checkClock(machine: Machine): Finding {
  const remedy = "Install and start chrony or systemd-timesyncd; timestamps are only as good as this clock.";
  const systemd = machine.run("timedatectl", ["show", "--property=NTPSynchronized", "--value"])?.trim();
  if (systemd === "yes") return ok("clock", "synchronised");
  const chrony = machine.run("chronyc", ["-c", "tracking"])?.trim().split(",").at(-1);
  if (chrony === "Normal") return ok("clock", "synchronised by chrony");
  if (systemd === undefined && chrony === undefined)
    return unknown("clock", "neither timedatectl nor chronyc can tell whether it is synchronised", remedy);
  return failed("clock", "not synchronised", remedy);
}

function checkDisk({ dataFolder, growsTo }: HostNeeds, machine: Machine): Finding {
  const free = machine.freeBytes(dataFolder);
  if (free === undefined)
    return unknown("disk", `${dataFolder} does not exist yet`, "Make the folder, owned by the station's user.");
  const room = free + machine.usedBytes(dataFolder);
  return room >= growsTo.bytes
    ? ok("disk", `${rounded(free)} free for ${dataFolder}`)
    : failed(
        "disk",
        `${growsTo.key} lets the data grow to ${writeByteSize(growsTo.bytes)}; the disk has room for ${rounded(room)}`,
        `Write a smaller ${growsTo.key}, or put station.dataFolder on a larger disk.`,
      );
}

/** Down to whole megabytes. */
function rounded(bytes: number): string {
  return writeByteSize(Math.floor(bytes / 1e6) * 1e6);
}

function checkKeys({ keysFolder }: HostNeeds, machine: Machine): Finding {
  const files = machine.filesOf(keysFolder);
  if (files.length === 0)
    return failed("keys", `there are none in ${keysFolder}`, "Pair the stations first: README, steps 3 to 7.");
  const open = files.filter(({ mode }) => (mode & 0o077) !== 0).map(({ path }) => path);
  return open.length === 0
    ? ok("keys", `${files.length === 1 ? "one file" : `${files.length} files`}, mode 0600 or stricter`)
    : failed("keys", `others may use ${open.join(", ")}`, `chmod 600 ${open.join(" ")}`);
}
