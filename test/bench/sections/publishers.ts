/** Samples per second into every business system, from a full store through the station's publishers thread; beside it the plain client library.
 *  far sides → [publishers] → rows */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BenchRow, BenchSection, Figures } from "../bench-section.ts";
import { startProcess } from "../load/bench-process.ts";
import type { DrainSettings } from "../publishers/drain-process.ts";
import { FAR_SIDES, type FarSide } from "../publishers/far-sides.ts";
import { FilledStore } from "../publishers/filled-store.ts";
import { measureOpcua } from "../publishers/measure-opcua.ts";
import type { PlainSettings } from "../publishers/plain-process.ts";
import type { WriteResult } from "../publishers/process-use.ts";

const OURS_SECONDS = 12;
const PLAIN_SECONDS = 5;

export const section: BenchSection = {
  name: "publishers",
  about:
    "samples/s from a full store into each business system, blocks opened and decoded on the way; peak memory and CPU of our process. Peer: the client library alone, in a loop",
  async run({ folder, say, only }): Promise<BenchRow[]> {
    const rows: BenchRow[] = [];
    for (const [index, farSide] of FAR_SIDES.entries()) {
      if (!farSide.name.toLowerCase().includes(only)) continue;
      say(farSide.name);
      rows.push(await measure(farSide, join(folder, String(index))));
    }
    if ("opc ua, notifications".includes(only)) {
      say("OPC UA");
      rows.push(await measureOpcua(join(folder, "opcua")));
    }
    return rows;
  },
};

async function measure({ name, scans, limit, start }: FarSide, folder: string): Promise<BenchRow> {
  const store = new FilledStore(folder);
  const samples = store.fill(scans);
  store.close();
  const farSideFolder = join(folder, "far-side");
  mkdirSync(farSideFolder);
  const farSide = await start(farSideFolder);
  try {
    const drain: DrainSettings = { folder, publisher: farSide.publisher, samples, seconds: OURS_SECONDS };
    const ours = await run("drain-process.ts", drain);
    const plain: PlainSettings = { ...farSide.plain, seconds: PLAIN_SECONDS };
    const peer = await run("plain-process.ts", plain);
    return {
      case: name,
      figures: figuresOf(ours),
      peer: { name: `plain ${farSide.plain.client}`, figures: figuresOf(peer) },
      ratio: ours.samples / ours.seconds / (peer.samples / peer.seconds),
      ...(limit === "" ? {} : { limit }),
    };
  } finally {
    await farSide.stop();
  }
}

async function run(program: string, settings: unknown): Promise<WriteResult> {
  const file = new URL(`../publishers/${program}`, import.meta.url).pathname;
  const child = startProcess([process.execPath, file, JSON.stringify(settings)]);
  try {
    return JSON.parse((await child.line("result ")).slice("result ".length)) as WriteResult;
  } finally {
    child.kill();
    await child.ended;
  }
}

function figuresOf({ samples, seconds, cpuSeconds, peakBytes }: WriteResult): Figures {
  return {
    "samples/s": samples / seconds,
    "cpu s/M samples": (cpuSeconds * 1e6) / samples,
    "peak MiB": peakBytes / 2 ** 20,
  };
}
