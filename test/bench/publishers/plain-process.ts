/** A process that writes the bench plant's samples with a client library alone, in a loop: the limit for a publisher of ours.
 *  bench plant → [plain process: plain client] → far side */
import { SAMPLES_PER_SCAN, scanRows } from "./bench-plant.ts";
import type { OpenPlainClient } from "./plain/plain-client.ts";
import { cpuSeconds, peakBytes, type WriteResult } from "./process-use.ts";

export interface PlainSettings {
  /** Of a file in plain/. */
  readonly client: string;
  /** What `open` of it takes. */
  readonly settings: unknown;
  readonly seconds: number;
  /** Instead of seconds: so many, once standard input ends; the process stays until it is killed. For servers whose clients count. */
  readonly scans?: number;
}

const WARM_UP_MS = 1000;

const { client, settings, seconds, scans } = JSON.parse(process.argv[2]!) as PlainSettings;
const { open } = (await import(`./plain/${client}.ts`)) as { readonly open: OpenPlainClient };
const plain = await open(settings as never);
console.log("running");

let samples = 0;
let scan = 0;
const writeFor = async (ms: number): Promise<void> => {
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const rows = scanRows(scan++);
    await plain.write(rows);
    samples += rows.length;
  }
};
if (scans === undefined) await writeFor(WARM_UP_MS);
else await new Promise((resolve) => process.stdin.once("end", resolve).resume());
const from = { ms: performance.now(), cpu: cpuSeconds(), samples };
if (scans === undefined) await writeFor(seconds * 1000);
else for (; scan < scans; samples += SAMPLES_PER_SCAN) await plain.write(scanRows(scan++));
const result: WriteResult = {
  samples: samples - from.samples,
  seconds: (performance.now() - from.ms) / 1000,
  cpuSeconds: cpuSeconds() - from.cpu,
  peakBytes: peakBytes(),
};
if (scans === undefined) await plain.close();
console.log(`result ${JSON.stringify(result)}`);
if (scans === undefined) process.exit(0);
