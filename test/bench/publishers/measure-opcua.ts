/** How many notifications a second reach a subscriber in another process, from our OPC UA server and from a plain one.
 *  filled store, plain client → OPC UA server → [measure OPC UA] → publishers section */
import { freeTcpPort } from "../../support/free-port.ts";
import type { BenchRow, Figures } from "../bench-section.ts";
import { type BenchProcess, startProcess } from "../load/bench-process.ts";
import { cpuSecondsOf } from "../stations/child.ts";
import { SAMPLES_PER_SCAN } from "./bench-plant.ts";
import type { DrainSettings } from "./drain-process.ts";
import { FilledStore } from "./filled-store.ts";
import type { SubscriberResult, SubscriberSettings } from "./opcua-subscriber.ts";
import type { PlainSettings } from "./plain-process.ts";
import { peakBytes } from "./process-use.ts";

/** Of each tag. A subscriber's queue holds them all: an OPC UA server waits for nobody. */
const SCANS = 120;
const SAMPLES = SCANS * SAMPLES_PER_SCAN;
const DEADLINE_S = 100;

export async function measureOpcua(folder: string): Promise<BenchRow> {
  const ours = await measureOurs(folder);
  const plain = await measurePlain();
  return {
    case: "OPC UA, notifications",
    figures: ours.figures,
    peer: { name: "plain node-opcua server", figures: plain.figures },
    ratio: ours.perSecond / plain.perSecond,
    limit: "≥ 50,000 samples/s",
  };
}

async function measureOurs(folder: string): Promise<Notified> {
  const store = new FilledStore(folder);
  const port = await freeTcpPort();
  const listen = `127.0.0.1:${port}`;
  const publisher = { type: "opcua", listen, hostname: "localhost", security: ["None"], anonymous: true };
  const drain: DrainSettings = { folder, publisher, samples: Number.MAX_SAFE_INTEGER, seconds: DEADLINE_S };
  const server = program("drain-process.ts", drain);
  try {
    await server.line("running"); // and the tags are told before any block
    return await notified(server, `opc.tcp://127.0.0.1:${port}/nonreturn`, () => store.fill(SCANS));
  } finally {
    await end(server);
    store.close();
  }
}

async function measurePlain(): Promise<Notified> {
  const port = await freeTcpPort();
  const plain: PlainSettings = { client: "opcua", settings: { port }, seconds: 0, scans: SCANS };
  const server = program("plain-process.ts", plain);
  try {
    await server.line("running");
    return await notified(server, `opc.tcp://127.0.0.1:${port}`, () => server.endInput());
  } finally {
    await end(server);
  }
}

interface Notified {
  readonly perSecond: number;
  readonly figures: Figures;
}

/** @param begin  lets the server's values change. */
async function notified(server: BenchProcess, url: string, begin: () => void): Promise<Notified> {
  const settings: SubscriberSettings = { url, samples: SAMPLES, queueSize: SCANS };
  const subscriber = program("opcua-subscriber.ts", settings);
  try {
    await subscriber.line("subscribed");
    const before = cpuSecondsOf(server.pid);
    begin();
    const line = await subscriber.line("result ");
    const { notifications, perSecond } = JSON.parse(line.slice("result ".length)) as SubscriberResult;
    const figures = {
      "samples/s": perSecond,
      "cpu s/M samples": ((cpuSecondsOf(server.pid) - before) * 1e6) / SAMPLES,
      "peak MiB": peakBytes(server.pid) / 2 ** 20,
      missing: SAMPLES - notifications,
    };
    return { perSecond, figures };
  } finally {
    await end(subscriber);
  }
}

function program(file: string, settings: unknown): BenchProcess {
  const path = new URL(file, import.meta.url).pathname;
  return startProcess([process.execPath, path, JSON.stringify(settings)], DEADLINE_S * 1000);
}

async function end(child: BenchProcess): Promise<void> {
  child.kill();
  await child.ended;
}
