/** Two machines and the cable between them: network namespaces and a veth pair of their own, nothing of this machine's.
 *  silence run → [site] → ip netns, ip link; removed on every way out */
import { execFileSync, type SpawnOptions, spawn } from "node:child_process";

export type Side = "ot" | "it";

export const DEVICE = "diode0";
export const ADDRESS = { ot: "192.0.2.1", it: "192.0.2.2" } as const; // TEST-NET-1
export const HARDWARE = { ot: "02:00:00:00:00:01", it: "02:00:00:00:00:02" } as const;

/** What a service keeps of root: the user id that owns its files, and no capability at all. */
const SERVICE = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"];
const COMMAND_MS = 30_000;

export interface Site {
  /** Run to its end as root of that machine. @returns standard output; throws where it fails. */
  run(side: Side, command: readonly string[]): string;
  /** Start and leave running, as a service without privileges or as root. */
  start(
    side: Side,
    as: "service" | "root",
    command: readonly string[],
    options: SpawnOptions,
  ): ReturnType<typeof spawn>;
  /** Frames the interface took in and sent out, by its own counters. */
  counters(side: Side): { readonly received: number; readonly sent: number };
  remove(): void;
}

/** @param name  unique on this machine; at most 10 characters. */
export function createSite(name: string): Site {
  const namespaces = { ot: `${name}-ot`, it: `${name}-it` } as const;
  const remove = (): void => {
    for (const namespace of Object.values(namespaces))
      try {
        execFileSync("ip", ["netns", "delete", namespace], { stdio: "ignore", timeout: COMMAND_MS });
      } catch {
        // It was never made, or is gone.
      }
  };
  const run = (side: Side, [program = "", ...args]: readonly string[]): string =>
    execFileSync("ip", ["netns", "exec", namespaces[side], program, ...args], {
      encoding: "utf8",
      timeout: COMMAND_MS,
      stdio: ["ignore", "pipe", "pipe"],
    });
  try {
    for (const namespace of Object.values(namespaces)) execFileSync("ip", ["netns", "add", namespace]);
    // Made inside the namespaces: this machine's own list of interfaces never changes.
    const pair = `link add ${DEVICE} netns ${namespaces.ot} address ${HARDWARE.ot} type veth peer name ${DEVICE} netns ${namespaces.it} address ${HARDWARE.it}`;
    execFileSync("ip", pair.split(" "));
    for (const side of ["ot", "it"] as const) run(side, ["ip", "link", "set", "dev", "lo", "up"]);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    run,
    start: (side, as, command, options) =>
      // `ip netns exec` and setpriv become the program: its process id is the child's. Its own group: Ctrl-C reaches this run only.
      spawn("ip", ["netns", "exec", namespaces[side], ...(as === "service" ? SERVICE : []), ...command], {
        ...options,
        detached: true,
      }),
    counters(side) {
      const rows = JSON.parse(run(side, ["ip", "-json", "-stats", "link", "show", "dev", DEVICE])) as {
        stats64: { rx: { packets: number }; tx: { packets: number } };
      }[];
      const stats = rows[0]?.stats64;
      if (stats === undefined) throw new Error(`${DEVICE} has no counters`);
      return { received: stats.rx.packets, sent: stats.tx.packets };
    },
    remove,
  };
}
