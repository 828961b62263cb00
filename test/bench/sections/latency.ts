/** How old a sample is when a business system gets it, and what it takes on the way.
 *  synthetic driver, 10,000 samples/s → OT station → lossy diode → IT station → broker → subscriber */
import type { BenchContext, BenchRow, BenchSection } from "../bench-section.ts";
import { type Broker, startBroker } from "../stations/broker.ts";
import { startLine } from "../stations/line.ts";
import { figure, measure } from "../stations/measure.ts";
import { type Subscriber, subscribe } from "../stations/subscriber.ts";

/** 10 devices × 100 tags × 10 scans/s. Each device has its own clock. */
const DEVICES = 10;
const TAGS_PER_DEVICE = 100;
const SCAN_PERIOD_MS = 100;
const SECONDS = 30;
const PREFIX = "bench";
/** 8 UDP + 20 IPv4 + 14 Ethernet + 4 FCS + 8 preamble + 12 gap. */
const FRAME_BYTES = 66;

/** A folder of CSV recordings (columns separated by ;) makes the signals instead of the generator. */
const RECORDINGS = process.env.BENCH_RECORDINGS;

interface Case {
  readonly name: string;
  readonly impairments: Readonly<Record<string, unknown>>;
  readonly limit?: string;
}

const CASES: readonly Case[] = [
  { name: "no loss", impairments: {} },
  { name: "1 % independent", impairments: { loss: "1%" }, limit: "p50 ≤ 60, p99 ≤ 120 ms; ≤ 5 sealed B/sample" },
  { name: "1 % in bursts of 8 ms", impairments: { burst: { share: "1%", mean: "8ms" } } },
  { name: "1 % in bursts of 10 datagrams", impairments: { burst: { share: "1%", mean: "10 datagrams" } } },
];

export const section: BenchSection = {
  name: "latency",
  about: `added latency driver → MQTT subscriber at 10,000 samples/s, ${RECORDINGS === undefined ? "generated" : "recorded"} signals; sealed and wire bytes per sample`,
  async run(context) {
    const rows: BenchRow[] = [];
    for (const each of CASES) rows.push(await delay(each, context));
    return rows;
  },
};

async function delay({ name, impairments, limit }: Case, { folder, say }: BenchContext): Promise<BenchRow> {
  say(`${name}, ${SECONDS} s`);
  let broker: Broker | undefined;
  let subscriber: Subscriber | undefined;
  let line: Awaited<ReturnType<typeof startLine>> | undefined;
  try {
    broker = await startBroker(folder);
    subscriber = await subscribe(broker.url, PREFIX);
    line = await startLine(folder, {
      plant: {
        devices: DEVICES,
        tagsPerDevice: TAGS_PER_DEVICE,
        scanPeriodMs: SCAN_PERIOD_MS,
        motion: "moving",
        maximumSilenceMs: 60_000,
        ...(RECORDINGS === undefined ? {} : { recordings: RECORDINGS }),
        seed: 1,
      },
      publishers: [{ type: "mqtt", name: "mqtt", url: broker.url, prefix: PREFIX }],
      impairments,
    });
    await measure(line, 0);
    subscriber.reset();
    const from = (await line.status("ot")).figures;
    const { cpuSeconds, seconds, recorded } = await measure(line, SECONDS, 0);
    const ot = await line.status("ot");
    const since = (key: string): number => figure(ot, key) - (from[key] ?? 0);
    const samples = since("journal_samples_total");
    const wireBytes = since("link_datagram_bytes_total") + FRAME_BYTES * since("link_datagrams_all_total");
    const it = await line.status("it");
    return {
      case: name,
      figures: {
        "p50 ms": subscriber.quantileMs(0.5),
        "p99 ms": subscriber.quantileMs(0.99),
        "p99.9 ms": subscriber.quantileMs(0.999),
        "max ms": subscriber.quantileMs(1),
        "samples/s": Math.round(subscriber.received / seconds),
        late: subscriber.late,
        "blocks lost": figure(it, "record_gap_blocks_open"),
        "sealed B/sample": since("journal_data_bytes_total") / samples,
        "wire B/sample": wireBytes / samples,
        "OT cpu s/M": (cpuSeconds.ot / recorded) * 1e6,
        "IT cpu s/M": (cpuSeconds.it / recorded) * 1e6,
        broker: broker.name,
      },
      ...(limit === undefined ? {} : { limit }),
    };
  } finally {
    await line?.close();
    await subscriber?.close();
    await broker?.close();
  }
}
