/** Node-RED with its usual PLC nodes as a peer: reads the simulated devices by a generated flow.
 *  field case, ports of the simulator → [Node-RED] → figures
 *
 *  It is no dependency of this project: it is used where somebody installed it for the comparison. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, startChild } from "../stations/child.ts";
import { deviceName, type FieldCase, type NodeRedFlow } from "./field-case.ts";

const INSTALLED = join(tmpdir(), "nonreturn-bench-node-red");
const PACKAGES = ["node-red@5.0.7", "node-red-contrib-modbus@5.60.2", "node-red-contrib-s7@3.1.3"];
/** The Modbus nodes take a fork of modbus-serial from a server that is not npm's; the original has the same interface. */
const OVERRIDES = { overrides: { "@openp4nr/modbus-serial": "npm:modbus-serial@8.0.25" } };

export interface NodeRedHere {
  readonly program: string;
  /** "Node-RED 5.0.7". */
  readonly name: string;
}

export function findNodeRed(): NodeRedHere | undefined {
  const at = (path: string): string => join(INSTALLED, "node_modules", path);
  if (![at("node-red/red.js"), at("node-red-contrib-modbus"), at("node-red-contrib-s7")].every(existsSync))
    return undefined;
  const { version } = JSON.parse(readFileSync(at("node-red/package.json"), "utf8")) as { readonly version: string };
  return { program: at("node-red/red.js"), name: `Node-RED ${version}` };
}

/** For a person to copy. */
export const INSTALL_NODE_RED = [
  `mkdir -p ${INSTALLED} && cd ${INSTALLED}`,
  `echo '${JSON.stringify(OVERRIDES)}' > package.json`,
  `npm install --no-audit --no-fund ${PACKAGES.join(" ")}`,
].join(" && ");

/** Resolves when it was started; the flow then connects by itself. @param folder  of this run alone. */
export function startNodeRed(
  folder: string,
  { program }: NodeRedHere,
  read: FieldCase,
  ports: ReadonlyMap<string, number>,
  flow: NodeRedFlow,
  uiPort: number,
): Child {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "flow.json"), JSON.stringify(flowOf(read, ports, flow)));
  // Without its editor and its HTTP nodes: neither is asked for anything here.
  const settings = {
    uiHost: "127.0.0.1",
    uiPort,
    httpAdminRoot: false,
    httpNodeRoot: false,
    flowFile: "flow.json",
    credentialSecret: false,
    logging: { console: { level: "warn", metrics: false, audit: false } },
    editorTheme: { projects: { enabled: false } },
    telemetry: { enabled: false },
  };
  writeFileSync(join(folder, "settings.js"), `module.exports = ${JSON.stringify(settings)};\n`);
  return startChild(
    "Node-RED",
    process.execPath,
    [program, "--userDir", folder, "--settings", join(folder, "settings.js")],
    join(folder, "node-red.log"),
  );
}

function flowOf(
  { devices, tagsPerDevice, scanPeriodMs, protocol }: FieldCase,
  ports: ReadonlyMap<string, number>,
  flow: NodeRedFlow,
): object[] {
  const { nodeRed } = protocol;
  const place = { z: "flow", x: 0, y: 0, name: "" };
  const next = flow === "reads" ? "sink" : "split";
  const reading = Array.from({ length: devices }, (_, index) => deviceName(index)).flatMap(
    (device) => nodeRed?.nodesOf({ device, port: ports.get(device)!, tags: tagsPerDevice, scanPeriodMs, next }) ?? [],
  );
  return [
    { id: "flow", type: "tab", label: "bench" },
    ...reading.map((node) => ("wires" in node ? { ...place, ...node } : node)),
    { ...place, id: "split", type: "function", func: nodeRed?.split ?? "", outputs: 1, wires: [["filter"]] },
    // Report by exception: a value goes on where it differs from the last of its topic.
    {
      ...place,
      id: "filter",
      type: "rbe",
      func: "rbe",
      gap: "",
      start: "",
      inout: "out",
      septopics: true,
      property: "payload",
      topi: "topic",
      wires: [["sink"]],
    },
    // Not active: it drops what it gets.
    { ...place, id: "sink", type: "debug", active: false, complete: false, wires: [] },
  ];
}
