/** Both stations and the simulated plant on the two machines of a site, as services without privileges.
 *  config/*.yaml → [stations] → nonreturn-sim, nonreturn-ot, nonreturn-it */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runToEnd } from "@nonreturn/hardware-sim";
import { controlRequest } from "@nonreturn/station";
import { parse, stringify } from "yaml";
import type { ListedGap } from "../../packages/it-receiver/src/gaps/gap-list.ts";
import { compareSamples } from "../support/line/compare-samples.ts";
import { ReportedSamples } from "../support/line/reported-samples.ts";
import { readHistorian } from "../support/line/sql-rows.ts";
import { until } from "../support/line/until.ts";
import type { Programs, Running } from "./programs.ts";
import { ADDRESS, DEVICE, HARDWARE, type Side, type Site } from "./site.ts";

const ROOT = new URL("../../", import.meta.url);
const MAIN = {
  ot: fileURLToPath(new URL("packages/ot-sender/src/main.ts", ROOT)),
  it: fileURLToPath(new URL("packages/it-receiver/src/main.ts", ROOT)),
  sim: fileURLToPath(new URL("hardware-sim/src/main.ts", ROOT)),
} as const;
const PLANT = fileURLToPath(new URL("config/plant.yaml", ROOT));
const PORT = 47_000;
const BUFFER_BYTES = 4 * 1024 * 1024;
const HEAL_MS = 90_000;
const SECOND_PASS_MS = 12_000;

export interface SampleAccount {
  readonly reported: number;
  readonly missing: number;
  readonly repeated: number;
  readonly altered: number;
  readonly foreign: number;
}

export class Stations {
  readonly configOf: Readonly<Record<Side, string>>;
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #running = new Map<Side, Running>();

  /** @param accepted  checks that this machine, which is not the plant's, may fail. */
  constructor(folder: string, programs: Programs, mode: "lab" | "production", accepted: readonly string[]) {
    this.#folder = folder;
    this.#programs = programs;
    this.configOf = { ot: join(folder, "ot-station.yaml"), it: join(folder, "it-station.yaml") };
    const example = parse(readFileSync(new URL("config/ot-station.yaml", ROOT), "utf8")) as Record<string, unknown>;
    const preflight = { accept: [...accepted] };
    const write = (side: Side, content: unknown): void =>
      writeFileSync(this.configOf[side], stringify(content), { mode: 0o600 });
    write("ot", {
      ...example,
      station: { name: "silence-ot", dataFolder: "./ot", mode },
      preflight,
      link: {
        destination: `${ADDRESS.it}:${PORT}`,
        rate: "100Mbit",
        secondPass: { after: "5s" },
        bindAddress: ADDRESS.ot,
        sourcePort: PORT,
        interface: DEVICE,
        neighbour: HARDWARE.it,
      },
      journal: { retention: "1d", maxSize: "100MB" },
      refresh: { period: "1d" }, // current values beside history would be nothing that was reported
      report: { maximumSilence: "2s" },
    });
    write("it", {
      station: { name: "silence-it", dataFolder: "./it", mode },
      preflight,
      link: {
        listen: `${ADDRESS.it}:${PORT}`,
        receiveBuffer: "4MiB",
        interface: DEVICE,
        source: `${ADDRESS.ot}:${PORT}`,
      },
      store: { retention: "1d", maxSize: "100MB" },
      publishers: [{ type: "historian", name: "sql" }],
    });
  }

  async pair(): Promise<void> {
    const at = (name: string): string => join(this.#folder, name);
    await runToEnd("it", ["keys", "new", "--config", this.configOf.it, "--out", at("enrolment.json")]);
    await runToEnd("ot", [
      "keys",
      "pair",
      at("enrolment.json"),
      "--config",
      this.configOf.ot,
      "--out",
      at("pairing.json"),
    ]);
    await runToEnd("it", ["keys", "accept", at("pairing.json"), "--config", this.configOf.it]);
  }

  /** The files that a site would apply, made by the stations' own command. @returns the folder */
  async harden(side: Side): Promise<string> {
    const folder = join(this.#folder, `harden-${side}`);
    mkdirSync(folder, { recursive: true });
    await runToEnd(side, ["harden", "--config", this.configOf[side], "--out", folder]);
    return folder;
  }

  async startPlant(): Promise<void> {
    const command = [process.execPath, MAIN.sim, "plant", "--scenario", PLANT];
    await this.#programs.start("ot", "service", command, join(this.#folder, "plant.log")).seen(/"listening"/);
  }

  async start(side: Side): Promise<void> {
    const command = [process.execPath, MAIN[side], "run", "--config", this.configOf[side]];
    const running = this.#programs.start(side, "service", command, join(this.#folder, `${side}-station.log`));
    this.#running.set(side, running);
    await running.seen(/"event":"running"/);
  }

  /** SIGTERM: in order. SIGKILL: as a power cut. */
  async end(side: Side, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.#running.get(side)?.end(signal);
    this.#running.delete(side);
  }

  /** What root's preflight on that machine finds, as JSON. */
  preflight(site: Site, side: Side): unknown {
    return JSON.parse(
      site.run(side, [process.execPath, MAIN[side], "preflight", "--json", "--config", this.configOf[side]]),
    );
  }

  /** Carries the code of every open gap to the OT station, as an operator would, until none is open. Both stations run. */
  async heal(): Promise<number> {
    let carried = 0;
    // The second pass first: it heals most without anybody's help.
    await until(
      "no gap open after the second pass",
      () => this.#openGaps().then((open) => open === 0),
      SECOND_PASS_MS,
    ).catch(
      () => undefined, // the receiver was away for that one too
    );
    const reported = new ReportedSamples(join(this.#folder, "ot"), join(this.#folder, "ot", "keys"));
    const head = reported.read();
    await until(
      "no gap open",
      async () => {
        const { gaps } = JSON.parse(await runToEnd("it", ["gaps", "--json", "--config", this.configOf.it])) as {
          gaps: ListedGap[];
        };
        const open = gaps.filter(({ state, first }) => state === "open" && first <= head);
        for (const { gapCode } of open) {
          await runToEnd("ot", ["replay", gapCode, "--config", this.configOf.ot]);
          carried++;
        }
        return open.length === 0;
      },
      HEAL_MS,
    );
    return carried;
  }

  async #openGaps(): Promise<number> {
    const status = (await controlRequest(join(this.#folder, "it", "control.sock"), "GET", "/status")) as {
      record: { gaps: { open: number } };
    };
    return status.record.gaps.open;
  }

  /** Every sample that the OT station journaled against every sample in SQL. The OT station has stopped, the IT station runs. */
  async account(): Promise<SampleAccount> {
    const reported = new ReportedSamples(join(this.#folder, "ot"), join(this.#folder, "ot", "keys"));
    reported.read();
    const compare = () => compareSamples(reported.samples, readHistorian(join(this.#folder, "it")));
    await until("every sample in SQL", () => compare().missing.length === 0, HEAL_MS).catch(() => undefined);
    const { missing, repeated, altered, foreign } = compare();
    return {
      reported: reported.samples.length,
      missing: missing.length,
      repeated: repeated.length,
      altered: altered.length,
      foreign: foreign.length,
    };
  }
}

/** The checks that depend on this machine's own clock and limits, which the run must not touch. */
export function machineDependentChecks(): string[] {
  const clipped = ["rmem_max", "wmem_max"].some(
    (limit) => Number(readFileSync(`/proc/sys/net/core/${limit}`, "utf8")) < BUFFER_BYTES,
  );
  return clipped ? ["clock", "buffers"] : ["clock"];
}
