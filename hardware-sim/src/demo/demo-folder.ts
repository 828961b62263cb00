/** Writes the files of the demonstration: the examples of config/ with more filling lines, on free ports, in a folder of their own.
 *  config/*.yaml → [demo folder] → nonreturn-sim, nonreturn-ot, nonreturn-it */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const CONFIG = new URL("../../../config/", import.meta.url);
/** First level of every topic. */
export const TOPIC_PREFIX = "demo";
/** The examples have one filling line and name two of its forty valves; the demonstration has three lines and all valves. */
const LINES = [1, 2, 3];
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
        devices: (station.devices as Yaml[]).flatMap((device) => demoDevices(device, devicePorts)),
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

/** The example's plant, its filling line in several copies with their own signals, and without its timed faults. */
function demoPlant(): Yaml {
  const { plant, ...scenario } = example("plant.yaml");
  const devices = (plant as { devices: Yaml[] }).devices.flatMap((device) =>
    device.name === "filling" ? LINES.map((line) => ({ ...device, name: `filling-${line}` })) : [device],
  );
  return { ...scenario, plant: { devices: devices.map((device) => ({ ...device, listen: "127.0.0.1:0" })) } };
}

/** The stations' devices by the plant's: boiler, filling-1 …, gateway (with both meters behind it). */
function demoDevices(device: Yaml, ports: ReadonlyMap<string, number>): Yaml[] {
  if (device.name !== "filling")
    return [{ ...device, port: ports.get(String(device.name).startsWith("meter") ? "gateway" : String(device.name)) }];
  const own = (device.tags as Yaml[]).filter(({ path }) => !String(path).startsWith("valve-"));
  return LINES.map((line) => ({
    ...device,
    name: `filling-${line}`,
    port: ports.get(`filling-${line}`),
    path: `hamburg/filling/line-${line}`,
    tags: [...own, ...Array.from({ length: VALVES }, (_, valve) => valveTags(valve)).flat()],
  }));
}

function valveTags(valve: number): Yaml[] {
  const path = `valve-${String(valve + 1).padStart(2, "0")}`;
  return [
    { path: `${path}/temperature`, address: `hr:${100 + 2 * valve}`, type: "FLOAT32", unit: "°C", scanClass: "fast" },
    { path: `${path}/weight`, address: `ir:${valve}`, type: "UINT16", scale: 0.1, unit: "g", scanClass: "fast" },
    { path: `${path}/open`, address: `di:${valve}`, scanClass: "fast" },
  ];
}

function example(name: string): Yaml {
  return parse(readFileSync(new URL(name, CONFIG), "utf8")) as Yaml;
}
