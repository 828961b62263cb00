/** Writes the files of the demonstration: the examples of config/ with all valves, on free ports, in a folder of their own.
 *  config/*.yaml → [demo folder] → nonreturn-sim, nonreturn-ot, nonreturn-it */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const CONFIG = new URL("../../../config/", import.meta.url);
/** First level of every topic. */
export const TOPIC_PREFIX = "demo";
/** The example names one or two of the forty valves of each line; the demonstration reads all. */
const VALVES = 40;
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
  /** @param devicePorts  where each device of the plant listens, by its name there. */
  writeOt(diodePort: number, devicePorts: ReadonlyMap<string, number>): void;
  writeIt(brokerPort: number): void;
  remove(): void;
}

type Yaml = Record<string, unknown> & { readonly [key: string]: unknown };

export function createDemoFolder(): DemoFolder {
  const path = mkdtempSync(join(tmpdir(), "nonreturn-demo-"));
  const file = (name: string): string => join(path, name);
  const write = (name: string, content: unknown): void =>
    writeFileSync(file(name), stringify(content), { mode: 0o600 });
  write("plant.yaml", demoPlant());
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
        devices: (station.devices as Yaml[]).map((device) => demoDevice(device, devicePorts, file("opcua-pki"))),
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

/** The example's plant without its timed faults. */
function demoPlant(): Yaml {
  const { plant, ...scenario } = example("plant.yaml");
  const { devices } = plant as { devices: Yaml[] };
  return { ...scenario, plant: { devices: devices.map((device) => ({ ...device, listen: "127.0.0.1:0" })) } };
}

/** The station's device where the plant's listens; both meters are behind the gateway. */
function demoDevice(device: Yaml, ports: ReadonlyMap<string, number>, pkiFolder: string): Yaml {
  const name = String(device.name);
  const port = ports.get(name.startsWith("meter") ? "gateway" : name);
  if (device.driver === "opcua") return { ...device, port, pkiFolder };
  const valve = VALVE_OF[name];
  if (valve === undefined) return { ...device, port };
  const own = (device.tags as Yaml[]).filter(({ path }) => !String(path).startsWith("valve-"));
  return {
    ...device,
    port,
    tags: [...own, ...Array.from({ length: VALVES }, (_, at) => valveTags(at, valve(at))).flat()],
  };
}

/** Where each line's PLC has its valves, counted from 0. */
const VALVE_OF: Readonly<Record<string, (valve: number) => { temperature: string; weight: string; open: string }>> = {
  filler: (valve) => ({
    temperature: `DB21,REAL${4 * valve}`,
    weight: `DB21,INT${160 + 2 * valve}`,
    open: `DB21,X${240 + (valve >> 3)}.${valve % 8}`,
  }),
  packer: (valve) => ({
    temperature: `Valve[${valve}].Temperature`,
    weight: `Valve[${valve}].Weight`,
    open: `Valve[${valve}].Open`,
  }),
  filling: (valve) => ({ temperature: `hr:${100 + 2 * valve}`, weight: `ir:${valve}`, open: `di:${valve}` }),
};

function valveTags(valve: number, address: ReturnType<(typeof VALVE_OF)[string]>): Yaml[] {
  const path = `valve-${String(valve + 1).padStart(2, "0")}`;
  const fast = { scanClass: "fast" };
  return [
    { path: `${path}/temperature`, address: address.temperature, type: "FLOAT32", unit: "°C", ...fast },
    { path: `${path}/weight`, address: address.weight, type: "INT16", scale: 0.1, unit: "g", ...fast },
    { path: `${path}/open`, address: address.open, type: "BOOLEAN", ...fast },
  ];
}

function example(name: string): Yaml {
  return parse(readFileSync(new URL(name, CONFIG), "utf8")) as Yaml;
}
