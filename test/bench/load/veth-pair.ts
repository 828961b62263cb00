/** Two network namespaces with a cable of MTU 1500 between them that loses what it is told to: the same link for us and for every peer.
 *  sender's namespace → [veth pair: one frame per datagram, losses at its far end] → receiver's namespace */
import { spawnSync } from "node:child_process";

export type Loss =
  | { readonly kind: "none" }
  /** Every frame with the same probability. */
  | { readonly kind: "independent"; readonly percent: number }
  /** `length` frames in a row out of every `period`. */
  | { readonly kind: "bursts"; readonly length: number; readonly period: number };

export interface VethPair {
  readonly senderAddress: string;
  readonly receiverAddress: string;
  /** A command line that runs `command` on that side. */
  at(side: "sender" | "receiver", command: readonly string[]): readonly string[];
  lose(loss: Loss): void;
  /** Frames that the link has dropped since `lose`. */
  dropped(): number;
  /** Datagrams the receiving kernel dropped for want of buffer, since the namespace was made. */
  receiveBufferErrors(): number;
  /** The same for the receiver's socket at a port, from /proc/net/udp; 0 if there is none. */
  socketDrops(port: number): number;
  close(): void;
}

/** @throws if this machine does not let us: it takes root, iproute2, nftables and ethtool. */
export function makeVethPair(): VethPair {
  const id = process.pid.toString(36);
  const names = { sender: `nrb-s-${id}`, receiver: `nrb-r-${id}` } as const;
  const at = (side: "sender" | "receiver", command: readonly string[]) => [
    ...["ip", "netns", "exec", names[side]],
    ...command,
  ];
  const close = (): void => {
    for (const name of Object.values(names)) spawnSync("ip", ["netns", "del", name]);
  };
  process.once("exit", close);
  try {
    for (const name of Object.values(names)) run(["ip", "netns", "add", name]);
    run([
      "ip",
      "-n",
      names.sender,
      "link",
      "add",
      "near",
      "mtu",
      "1500",
      "type",
      "veth",
      "peer",
      "name",
      "far",
      "mtu",
      "1500",
      "netns",
      names.receiver,
    ]);
    const ends = [
      { side: "sender", device: "near", address: "10.77.0.1/24" },
      { side: "receiver", device: "far", address: "10.77.0.2/24" },
    ] as const;
    for (const { side, device, address } of ends) {
      run(["ip", "-n", names[side], "addr", "add", address, "brd", "+", "dev", device]);
      run(["ip", "-n", names[side], "link", "set", device, "up"]);
      run(["ip", "-n", names[side], "link", "set", "lo", "up"]);
      run(["ip", "-n", names[side], "route", "add", "224.0.0.0/4", "dev", device]);
      // One frame per datagram on the cable, as on a real one: else a lost frame would be up to 44 lost datagrams.
      run(at(side, ["ethtool", "-K", device, "gso", "off", "tx-udp-segmentation", "off", "gro", "off"]));
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    senderAddress: "10.77.0.1",
    receiverAddress: "10.77.0.2",
    at,
    lose(loss) {
      run(at("receiver", ["nft", "flush", "ruleset"]));
      if (loss.kind === "none") return;
      // Data only: with its first hello lost a peer would not even start.
      const choice =
        loss.kind === "independent"
          ? `numgen random mod 100000 < ${Math.round(loss.percent * 1000)}`
          : `numgen inc mod ${loss.period} < ${loss.length}`;
      run(
        at("receiver", [
          "nft",
          `add table netdev loss; add chain netdev loss in { type filter hook ingress device far priority 0; }; add rule netdev loss in ip protocol udp ip length > 200 ${choice} counter drop`,
        ]),
      );
    },
    dropped() {
      const listing = run(at("receiver", ["nft", "list", "ruleset"]));
      return Number(/counter packets (\d+)/.exec(listing)?.[1] ?? 0);
    },
    receiveBufferErrors() {
      const lines = run(at("receiver", ["cat", "/proc/net/snmp"]))
        .split("\n")
        .filter((line) => line.startsWith("Udp:"));
      const [head, values] = lines.map((line) => line.split(" "));
      return Number(values?.[head?.indexOf("RcvbufErrors") ?? -1] ?? 0);
    },
    socketDrops(port) {
      const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
      const lines = run(at("receiver", ["cat", "/proc/net/udp"])).split("\n");
      const fields = lines.map((line) => line.trim().split(/\s+/)).find(([, address]) => address?.endsWith(local));
      return Number(fields?.at(-1) ?? 0);
    },
    close() {
      process.off("exit", close);
      close();
    },
  };
}

function run(command: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr.trim()}`);
  return stdout;
}
