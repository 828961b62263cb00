/** Writes the files of the demonstration: the examples of config/, on free ports, in a folder of their own.
 *  config/*.yaml → [demo folder] → nonreturn-sim, nonreturn-ot, nonreturn-it */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const CONFIG = new URL("../../../config/", import.meta.url);
/** First level of every topic. */
export const TOPIC_PREFIX = "demo";
/** Soon enough to be seen in a short run. */
const SECOND_PASS_AFTER = "3s";

export interface DemoFolder {
  readonly path: string;
  readonly plantFile: string;
  readonly diodeFile: string;
  readonly otFile: string;
  readonly itFile: string;
  file(name: string): string;
  /** @param itPort  where the IT station listens. */
  writeDiode(itPort: number): void;
  /** @param devicePorts  real port by the port that config/plant.yaml names. */
  writeOt(diodePort: number, devicePorts: ReadonlyMap<number, number>): void;
  writeIt(brokerPort: number): void;
  remove(): void;
}

type Yaml = Record<string, unknown> & { readonly [key: string]: unknown };

export function createDemoFolder(): DemoFolder {
  const path = mkdtempSync(join(tmpdir(), "nonreturn-demo-"));
  const file = (name: string): string => join(path, name);
  const write = (name: string, content: unknown): void =>
    writeFileSync(file(name), stringify(content), { mode: 0o600 });
  writeFileSync(file("plant.yaml"), readFileSync(new URL("plant.yaml", CONFIG)));
  return {
    path,
    file,
    plantFile: file("plant.yaml"),
    diodeFile: file("diode.yaml"),
    otFile: file("ot-station.yaml"),
    itFile: file("it-station.yaml"),
    writeDiode(itPort) {
      const scenario = example("diode.yaml");
      const diode = scenario.diode as Yaml;
      write("diode.yaml", { ...scenario, diode: { ...diode, listen: "127.0.0.1:0", target: `127.0.0.1:${itPort}` } });
    },
    writeOt(diodePort, devicePorts) {
      const station = example("ot-station.yaml");
      const link = { ...(station.link as Yaml), destination: `127.0.0.1:${diodePort}` };
      write("ot-station.yaml", {
        ...station,
        station: { name: "demo-ot", dataFolder: "./ot", mode: "lab" },
        link: { ...link, secondPass: { after: SECOND_PASS_AFTER } },
        refresh: { period: "10s" },
        devices: (station.devices as Yaml[]).map((device) => ({
          ...device,
          port: devicePorts.get(device.port as number) ?? device.port,
        })),
      });
    },
    writeIt(brokerPort) {
      write("it-station.yaml", {
        station: { name: "demo-it", dataFolder: "./it", mode: "lab" },
        link: { listen: "127.0.0.1:0", receiveBuffer: "4MiB" },
        publishers: [
          { type: "historian", name: "sql" },
          { type: "mqtt", name: "mqtt", url: `mqtt://127.0.0.1:${brokerPort}`, prefix: TOPIC_PREFIX },
        ],
      });
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Ports of the plant's devices as the example names them, in its order. */
export function examplePlantPorts(): number[] {
  const { devices } = example("plant.yaml").plant as { devices: { listen: string }[] };
  return devices.map(({ listen }) => Number(listen.split(":").at(-1)));
}

function example(name: string): Yaml {
  return parse(readFileSync(new URL(name, CONFIG), "utf8")) as Yaml;
}
