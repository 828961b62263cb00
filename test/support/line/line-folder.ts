/** The files of one line in a folder of their own: scenarios, configurations, keys, data.
 *  line plant → [line folder] → nonreturn-sim, nonreturn-ot, nonreturn-it */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { LinePlant } from "./line-plant.ts";
import { TOPIC_PREFIX } from "./mqtt-witness.ts";

export interface LineOptions {
  readonly seed: number;
  /** When every block is sent again; or "off". */
  readonly secondPassAfter: string;
  /** Symbols of a block leave over this time. */
  readonly spread?: string;
  /** Smaller ones make more symbols of a block. */
  readonly mtu?: number;
  /** See line plant. */
  readonly alarms?: "none" | "some";
  /** every type (if left out): six Modbus devices. every driver: see mixed plant. */
  readonly plant?: "every type" | "every driver";
  /** Publishers of the IT station beside historian and MQTT, as in its configuration. */
  readonly publishers?: readonly object[];
}

export interface LineFolder {
  readonly path: string;
  file(name: string): string;
  readonly otConfig: string;
  readonly otData: string;
  readonly otKeys: string;
  readonly itConfig: string;
  readonly itData: string;
  readonly truthFile: string;
  writeScenarios(plant: LinePlant, itPort: number): void;
  writeIt(itPort: number, brokerPort: number, more: readonly object[]): void;
  writeOt(plant: LinePlant, diodePort: number, portOf: (device: string) => number, options: LineOptions): void;
  /** The end of every log, for a failure's sake. */
  logs(): string;
  remove(): void;
}

const LOG_LINES = 15;

/** Keys lie outside the data folders: a replaced disk takes data, not the pairing. */
export function createLineFolder(): LineFolder {
  const path = mkdtempSync(join(tmpdir(), "nonreturn-line-"));
  const file = (name: string): string => join(path, name);
  const write = (name: string, content: unknown): void =>
    writeFileSync(file(name), stringify(content), { mode: 0o600 });
  return {
    path,
    file,
    otConfig: file("ot-station.yaml"),
    otData: file("ot"),
    otKeys: file("ot-keys"),
    itConfig: file("it-station.yaml"),
    itData: file("it"),
    truthFile: file("truth.jsonl"),
    writeScenarios(plant, itPort) {
      write("plant.yaml", { seed: plant.seed, plant: plant.scenario });
      write("diode.yaml", { seed: plant.seed, diode: { listen: "127.0.0.1:0", target: `127.0.0.1:${itPort}` } });
    },
    writeIt(itPort, brokerPort, more) {
      write("it-station.yaml", {
        station: { name: "line-it", dataFolder: "./it", mode: "lab" },
        link: { listen: `127.0.0.1:${itPort}`, receiveBuffer: "4MiB" },
        keys: { folder: "./it-keys" },
        publishers: [
          { type: "historian", name: "sql" },
          { type: "mqtt", name: "mqtt", url: `mqtt://127.0.0.1:${brokerPort}`, prefix: TOPIC_PREFIX },
          ...more,
        ],
      });
    },
    writeOt(plant, diodePort, portOf, { secondPassAfter, spread = "40ms", mtu = 1500 }) {
      write("ot-station.yaml", {
        station: { name: "line-ot", dataFolder: "./ot", mode: "lab" },
        link: {
          destination: `127.0.0.1:${diodePort}`,
          rate: "100Mbit",
          secondPass: secondPassAfter === "off" ? "off" : { after: secondPassAfter },
          spread,
          mtu,
        },
        keys: { folder: "./ot-keys" },
        refresh: { period: "1d" }, // current values beside history would be nothing that was reported
        report: { maximumSilence: "3s" },
        reconnect: { first: "100ms", longest: "1s" },
        scanClasses: { fast: "100ms", normal: "400ms" },
        devices: plant.devicesAt(portOf),
      });
    },
    logs: () =>
      ["plant", "diode", "ot-station", "it-station"]
        .map((name) => `--- ${name}\n${lastLines(file(`${name}.log`))}`)
        .join("\n"),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function lastLines(path: string): string {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(-LOG_LINES).join("\n");
  } catch {
    return "(no log)";
  }
}
