/** A process that receives blocks as the IT station does: its intake thread as it ships, and verification in a thread of its own.
 *  link → intake thread (UDP, admit, assemble) → [wire receiver: verify] → counted */
import { parseArgs } from "node:util";
import { type FigureSnapshot, messagePortPair, portOf, startWorker } from "@nonreturn/station";
import { verifyBlock } from "@nonreturn/wire-format";
import type {
  FromIntake,
  IntakeSettings,
  IntakeToRecord,
  IntakeWorkerInput,
  RecordToIntake,
  ToIntake,
} from "../../../packages/it-receiver/src/ingress/intake-port.ts";
import { loadOpeningKeys } from "../../../packages/it-receiver/src/keys/pairing-file.ts";
import { STREAM } from "./sealed-blocks.ts";

export interface WireReceiverSettings {
  readonly intake: IntakeSettings;
  /** Say "complete" at so many. */
  readonly blocks: number;
  /** Sequences up to this are not counted. */
  readonly warmUpBlocks: number;
  /** The thread behind the intake stands still: what a disk, and the publishers behind it, can do to a station. */
  readonly stall?: { readonly ms: number; readonly everyMs: number };
}

/** Printed as one line of JSON when standard input ends. */
export interface WireReceiverResult {
  /** CLOCK_MONOTONIC of the machine at the last verified block. */
  readonly lastNs: string;
  readonly verified: number;
  readonly refused: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
  readonly stalls: number;
  readonly figures: Readonly<Record<string, number>>;
}

const settings = JSON.parse(parseArgs({ allowPositionals: true }).positionals[0]!) as WireReceiverSettings;
const keys = loadOpeningKeys(settings.intake.keysFolder);
const [intakeEnd, recordEnd] = messagePortPair();
const intake = startWorker<ToIntake, FromIntake>(
  new URL("../../../packages/it-receiver/src/ingress/intake-worker.ts", import.meta.url),
  { settings: settings.intake, record: intakeEnd } satisfies IntakeWorkerInput,
  "intake",
  { transfer: [intakeEnd] },
);
const record = portOf<RecordToIntake, IntakeToRecord>(recordEnd);
const seen = new Set<number>();
let refused = 0;
let bytes = 0;
let lastNs = 0n;
let figures: FigureSnapshot = {};
let cpuBefore = process.cpuUsage();

intake.onMessage((message) => {
  if (message.type === "figures") figures = message.figures;
  if (message.type !== "listening") return;
  cpuBefore = process.cpuUsage();
  console.log(`listening ${message.address.port}`);
});
record.onMessage((block) => {
  try {
    const header = verifyBlock(block.bytes, keys);
    if (block.sequence <= settings.warmUpBlocks) cpuBefore = process.cpuUsage();
    else if (header.stream === STREAM && !seen.has(block.sequence)) {
      seen.add(block.sequence);
      bytes += block.bytes.length;
      lastNs = process.hrtime.bigint();
    }
  } catch {
    refused++;
  }
  record.post({ type: "settled", bytes: block.bytes.length });
  if (seen.size === settings.blocks) console.log("complete");
});
record.post({ type: "held", ranges: [] });

let stalls = 0;
if (settings.stall !== undefined) {
  const { ms, everyMs } = settings.stall;
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => {
    if (seen.size === 0) return;
    stalls++;
    Atomics.wait(nobody, 0, 0, ms);
  }, everyMs);
}

process.stdin.resume();
process.stdin.once("end", async () => {
  const { user, system } = process.cpuUsage(cpuBefore);
  intake.post({ type: "stop" });
  await intake.exited;
  const result: WireReceiverResult = {
    lastNs: String(lastNs),
    verified: seen.size,
    refused,
    bytes,
    stalls,
    cpuSeconds: (user + system) / 1e6,
    figures,
  };
  console.log(JSON.stringify(result));
  process.exit(0);
});
