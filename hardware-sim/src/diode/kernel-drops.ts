/** Datagrams that the kernel dropped before the diode could read them: its receive buffer was full.
 *  OT station ──UDP──▶ [kernel drops] → receiving end, statistics */
import { readFileSync } from "node:fs";

/**
 * From /proc/net/udp or udp6, summed over the sockets bound to the port. The kernel counts since the socket was made.
 * @returns undefined where the kernel does not say (anything but Linux).
 */
export function kernelDrops(port: number): number | undefined {
  const tables = ["/proc/net/udp", "/proc/net/udp6"].flatMap((path) => read(path) ?? []);
  return tables.length === 0 ? undefined : dropsOf(tables.join("\n"), port);
}

/** Columns: slot, local address:port in hexadecimal, …, drops last. Source: Documentation/networking/proc_net_tcp and net/ipv4/udp.c. */
export function dropsOf(table: string, port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => /^\d+:$/.test(columns[0] ?? "") && columns[1]?.endsWith(suffix))
    .reduce((sum, columns) => sum + Number(columns.at(-1)), 0);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
