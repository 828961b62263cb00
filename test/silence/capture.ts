/** Watches what arrives at the sender's end of the cable, before any filter there sees it.
 *  veth, OT end → tcpdump -Q in → [capture] → frames with their times, digest */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Programs } from "./programs.ts";
import { DEVICE, type Site } from "./site.ts";

export interface Frame {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** As tcpdump writes it. */
  readonly text: string;
}

export interface Capture {
  /** Stop, and read what was seen. */
  stop(): Promise<CaptureResult>;
}

export interface CaptureResult {
  readonly frames: readonly Frame[];
  readonly file: string;
  readonly sha256: string;
  /** Frames that tcpdump missed; the capture proves nothing if there are any. */
  readonly dropped: number;
}

export async function startCapture(site: Site, programs: Programs, folder: string, name: string): Promise<Capture> {
  const file = join(folder, `${name}.pcap`);
  // -Z root: it keeps its user, or it could not write into a private folder.
  const command = ["tcpdump", "-i", DEVICE, "-Q", "in", "-n", "-U", "-Z", "root", "-w", file];
  const tcpdump = programs.start("ot", "root", command, join(folder, `${name}-tcpdump.log`));
  await tcpdump.seen(/listening on/);
  return {
    async stop() {
      await tcpdump.end("SIGINT");
      const dropped = Number(/(\d+) packets? dropped by kernel/.exec(tcpdump.output())?.[1] ?? Number.NaN);
      const lines = site.run("ot", ["tcpdump", "-r", file, "-nn", "-e", "-tt", "-q"]).split("\n");
      return {
        file: `${name}.pcap`,
        sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
        dropped,
        frames: lines
          .filter((line) => line !== "")
          .map((line) => {
            const [seconds = "", ...rest] = line.split(" ");
            return { timeMs: Number(seconds) * 1000, text: rest.join(" ") };
          }),
      };
    },
  };
}
