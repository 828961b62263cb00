/** Sustained changing samples per second from a driver to the durable store, both stations on this machine.
 *  synthetic driver → OT station → loopback → IT station → store.db */
import type { BenchContext, BenchRow, BenchSection } from "../bench-section.ts";
import { checkStore } from "../stations/check-store.ts";
import { startLine } from "../stations/line.ts";
import { figure, measure } from "../stations/measure.ts";

const TAGS_PER_DEVICE = 1000;
const SCAN_PERIOD_MS = 100;
/** Samples per second offered, one after the other, until one is not sustained. */
const OFFERED = [300_000, 600_000, 1_000_000, 1_300_000];
const SECONDS = 20;
/** 8 UDP + 20 IPv4 + 14 Ethernet + 4 FCS + 8 preamble + 12 gap. */
const FRAME_BYTES = 66;
/** Of what was offered: scans are timed, and the last seconds' figures are a second old. */
const SUSTAINED = 0.97;

export const section: BenchSection = {
  name: "line",
  about: "changing samples/s from a driver to the durable store, every sample checked; ≥ 300,000, aiming at 1,000,000",
  async run(context) {
    const rows: BenchRow[] = [];
    for (const offered of OFFERED) {
      const row = await offer(offered, context);
      rows.push(row);
      if (row.figures.sustained === "no") break;
    }
    return rows;
  },
};

async function offer(offered: number, { folder, say }: BenchContext): Promise<BenchRow> {
  const devices = (offered * SCAN_PERIOD_MS) / 1000 / TAGS_PER_DEVICE;
  say(`${offered} samples/s from ${devices} devices, ${SECONDS} s`);
  const line = await startLine(folder, {
    plant: {
      devices,
      tagsPerDevice: TAGS_PER_DEVICE,
      scanPeriodMs: SCAN_PERIOD_MS,
      motion: "moving",
      maximumSilenceMs: 0,
      seed: 1,
    },
  });
  try {
    const { seconds, recorded, cpuSeconds, rssBytes } = await measure(line, SECONDS);
    await line.drain();
    const ot = await line.status("ot");
    const wireBytes = figure(ot, "link_datagram_bytes_total") + FRAME_BYTES * figure(ot, "link_datagrams_all_total");
    const { samples, sealedBytes, lost, late, wrongTags } = checkStore(line.folder, await line.stop());
    const rate = recorded / seconds;
    const isSustained = rate >= SUSTAINED * offered && lost === 0 && wrongTags === 0;
    return {
      case: `${offered.toLocaleString("en")} offered`,
      figures: {
        "samples/s": Math.round(rate),
        sustained: isSustained ? "yes" : "no",
        "samples stored": samples,
        lost,
        "stored late": late,
        "wrong tags": wrongTags,
        "OT cpu s/M": (cpuSeconds.ot / recorded) * 1e6,
        "IT cpu s/M": (cpuSeconds.it / recorded) * 1e6,
        "sealed B/sample": sealedBytes / samples,
        "wire B/sample": wireBytes / samples,
        "OT MB": Math.round(rssBytes.ot / 1e6),
        "IT MB": Math.round(rssBytes.it / 1e6),
      },
      ...(offered === OFFERED[0] ? { limit: "≥ 300,000 samples/s" } : {}),
    };
  } finally {
    await line.close();
  }
}
