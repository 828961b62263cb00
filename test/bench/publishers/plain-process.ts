/** A process that writes the bench plant's samples with a client library alone, in a loop: the limit for a publisher of ours.
 *  bench plant → [plain process: plain client] → far side */
import { scanRows } from "./bench-plant.ts";
import type { OpenPlainClient } from "./plain/plain-client.ts";
import { cpuSeconds, peakBytes, type WriteResult } from "./process-use.ts";

export interface PlainSettings {
  /** Of a file in plain/. */
  readonly client: string;
  /** What `open` of it takes. */
  readonly settings: unknown;
  readonly seconds: number;
}

const WARM_UP_MS = 1000;

const { client, settings, seconds } = JSON.parse(process.argv[2]!) as PlainSettings;
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
await writeFor(WARM_UP_MS);
const from = { ms: performance.now(), cpu: cpuSeconds(), samples };
await writeFor(seconds * 1000);
const result: WriteResult = {
  samples: samples - from.samples,
  seconds: (performance.now() - from.ms) / 1000,
  cpuSeconds: cpuSeconds() - from.cpu,
  peakBytes: peakBytes(),
};
await plain.close();
console.log(`result ${JSON.stringify(result)}`);
process.exit(0);
