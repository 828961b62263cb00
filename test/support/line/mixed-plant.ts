/** A plant as it has grown: a device of every driver, each with what its protocol can hold. Texts, arrays, 64-bit integers.
 *  [mixed plant] → plant scenario for nonreturn-sim, devices for nonreturn-ot, what each tag must show */
import type { DataType } from "@nonreturn/wire-format";
import { type LinePlant, type PlantTag, REPLY_TIMEOUT } from "./line-plant.ts";

interface Variable {
  readonly path: string;
  readonly address: string;
  readonly type: DataType;
  /** The simulated one, in the words of its protocol's section. */
  readonly simulated: object;
  /** As the truth record names it; if left out the address. */
  readonly register?: string;
  readonly elements?: readonly string[];
  readonly decimals?: number;
  /** Further keys of the tag. */
  readonly keys?: object;
}

interface Device {
  readonly name: string;
  readonly driver: string;
  /** The simulated one, without its variables. */
  readonly simulated: object;
  /** Where in the simulated device its variables stand. */
  readonly place: (variables: readonly object[]) => object;
  /** Further keys of the configured one. */
  readonly keys: object;
  readonly unit?: number;
  readonly servedWithinMs?: number;
  readonly variables: readonly Variable[];
}

/** Beyond what a double holds. */
const BEYOND = "9007199254740993";
const CYCLE_MS = 100;
const SLACK_MS = 100;

const count = (start: string, every = "300ms") => ({ signal: { kind: "counter", start, increment: [1, 9], every } });
const walk = (every = "200ms") => ({
  signal: { kind: "random-walk", start: 0, step: 0.7, every, min: -300, max: 300 },
});
const square = { signal: { kind: "square", dwellLow: ["400ms", "1500ms"], dwellHigh: ["400ms", "1500ms"] } };
const text = (word: string) => ({ signal: { kind: "text", texts: [`${word} {n}`, `Größe-{n}`], every: "700ms" } });
const from = (first: number, many: number, step: number, nameOf: (at: number) => string): string[] =>
  Array.from({ length: many }, (_, index) => nameOf(first + step * index));

export function mixedPlant(seed: number): LinePlant {
  const devices = [modbus(), rtu(), s7(), ethernetIp(), opcua(), rest(), mqtt()];
  return {
    seed,
    scenario: {
      devices: devices.map(({ name, simulated, place, variables }) => ({
        name,
        listen: "127.0.0.1:0",
        ...simulated,
        ...place(variables.map((variable) => variable.simulated)),
      })),
    },
    devicesAt: (portOf) => devices.map((device) => configured(device, portOf(device.name))),
    tags: devices.flatMap((device) => device.variables.map((variable) => tagOf(device, variable))),
    alarms: [],
  };
}

function modbus(): Device {
  return {
    name: "mixer",
    driver: "modbus",
    simulated: { byteOrder: "CDAB" },
    place: (registers) => ({ units: [{ unit: 3, responseTime: "1ms", registers }] }),
    keys: { unit: 3, byteOrder: "CDAB" },
    unit: 3,
    variables: [
      register("total", "hr:0", "UINT64", count("18446744073709551000")),
      register("balance", "hr:100", "INT64", count(`-${BEYOND}`)),
      register("speed", "hr:200", "FLOAT32", walk()),
      { ...register("torque", "hr:300", "INT16", { ...walk(), scale: 0.1 }), decimals: 1 },
      register("batch", "hr:400", "STRING", { ...text("Süd"), length: 24 }, { length: 24 }),
      { path: "running", address: "hr:500.7", type: "BOOLEAN", simulated: { at: "hr:500.7", ...square } },
    ],
  };
}

function rtu(): Device {
  return {
    name: "dryer",
    driver: "modbus-rtu-tcp",
    simulated: { framing: "rtu" },
    place: (registers) => ({ units: [{ unit: 5, responseTime: "1ms", registers }] }),
    keys: { unit: 5 },
    unit: 5,
    variables: [
      register("total", "ir:0", "INT64", count(`-${BEYOND}`)),
      register("temperature", "ir:100", "FLOAT64", walk()),
      register("program", "hr:0", "STRING", { ...text("סדרה"), length: 30 }, { length: 30 }),
      { path: "door", address: "di:3", type: "BOOLEAN", simulated: { at: "di:3", ...square } },
    ],
  };
}

function register(path: string, at: string, type: DataType, simulated: object, keys: object = {}): Variable {
  return { path, address: at, type, simulated: { at, type, ...simulated }, keys: { type, ...keys } };
}

function s7(): Device {
  const at = (
    path: string,
    place: string,
    address: string,
    type: DataType,
    s7Type: string,
    simulated: object,
    keys: object = {},
  ): Variable => ({
    path,
    address,
    type,
    register: place,
    simulated: { at: place, type: s7Type, ...simulated },
    keys,
  });
  return {
    name: "filler",
    driver: "s7",
    simulated: { protocol: "s7", slot: 1, pdu: 240, responseTime: "1ms", areas: [{ area: "DB1", bytes: 600 }] },
    place: (variables) => ({ variables }),
    keys: { slot: 1 },
    variables: [
      at("bottles", "DB1.0", "DB1,ULINT0", "UINT64", "ULINT", count(BEYOND)),
      at("balance", "DB1.40", "DB1.DBD40", "INT32", "DINT", count("-70000"), { type: "INT32" }),
      { ...at("oil", "DB1.80", "DB1,INT80", "INT16", "INT", { ...walk(), scale: 0.1 }), decimals: 1 },
      at("running", "DB1.120.3", "DB1,X120.3", "BOOLEAN", "BOOL", square),
      at("batch", "DB1.160", "DB1,STRING160.20", "STRING", "STRING", { ...text("Charge"), length: 20 }),
      at("recipe", "DB1.220", "DB1,WSTRING220.20", "STRING", "WSTRING", { ...text("批次"), length: 20 }),
      at("clock", "DB1.300", "DB1,DTL300", "TIMESTAMP", "DTL", count("1795420800000000")),
      {
        ...at("valves", "DB1.340", "DB1,REAL340.20", "FLOAT32", "REAL", { ...walk(), count: 20 }),
        elements: from(340, 20, 4, (byte) => `DB1.${byte}`),
      },
      {
        ...at("totals", "DB1.460", "DB1,LINT460.5", "INT64", "LINT", { ...count(`-${BEYOND}`), count: 5 }),
        elements: from(460, 5, 8, (byte) => `DB1.${byte}`),
      },
      {
        ...at("open", "DB1.540.0", "DB1,X540.0.12", "BOOLEAN", "BOOL", { ...square, count: 12 }),
        elements: from(0, 12, 1, (bit) => `DB1.${540 + Math.floor(bit / 8)}.${bit % 8}`),
      },
    ],
  };
}

function ethernetIp(): Device {
  const tag = (
    path: string,
    name: string,
    type: DataType,
    cipType: string,
    signal: object,
    many?: number,
  ): Variable => ({
    path,
    address: many === undefined ? name : `${name}{${many}}`,
    type,
    register: many === undefined ? name : `${name}[0]`,
    ...(many === undefined ? {} : { elements: from(0, many, 1, (index) => `${name}[${index}]`) }),
    simulated: { name, type: cipType, ...(many === undefined ? {} : { dimensions: [many] }), ...signal },
    keys: { type },
  });
  const member = (path: string, place: string, type: DataType): Variable => ({
    path,
    address: `Program:Main.Motor[2].${place}`,
    type,
    simulated: {},
    keys: { type },
  });
  const motor = {
    name: "Motor",
    program: "Main",
    type: "Motor",
    dimensions: [4],
    members: { Speed: walk().signal, "Axis.Total": count(BEYOND).signal },
  };
  return {
    name: "packer",
    driver: "ethernet-ip",
    simulated: {
      protocol: "ethernet-ip",
      responseTime: "1ms",
      types: [
        {
          name: "Axis",
          members: [
            { name: "Total", type: "LINT" },
            { name: "Homed", type: "BOOL" },
          ],
        },
        {
          name: "Motor",
          members: [
            { name: "Speed", type: "REAL" },
            { name: "Axis", type: "Axis" },
          ],
        },
      ],
    },
    place: (tags) => ({ tags: [...tags.filter((each) => "name" in each), motor] }),
    keys: {},
    variables: [
      tag("total", "Bottles_Total", "INT64", "LINT", count(`-${BEYOND}`)),
      tag("unsigned", "Energy", "UINT64", "ULINT", count("18446744073709551000")),
      tag("order", "Order", "STRING", "STRING", text("PO")),
      tag("recipe", "Recipe", "INT32", "DINT", count("-3"), 30),
      tag("totals", "Totals", "INT64", "LINT", count(BEYOND), 6),
      tag("alarms", "Alarms", "BOOLEAN", "BOOL", square, 64),
      tag("temperatures", "Temperatures", "FLOAT32", "REAL", walk(), 20),
      member("motor/speed", "Speed", "FLOAT32"),
      member("motor/total", "Axis.Total", "INT64"),
    ],
  };
}

function opcua(): Device {
  const node = (path: string, id: string, type: DataType, signal: object, many?: number): Variable => ({
    path,
    address: `nsu=urn:plant:line;s=${id}`,
    type,
    register: many === undefined ? id : `${id}[0]`,
    ...(many === undefined ? {} : { elements: from(0, many, 1, (index) => `${id}[${index}]`) }),
    simulated: { id, type, ...(many === undefined ? {} : { count: many }), ...signal },
    keys: { type },
  });
  return {
    name: "line-server",
    driver: "opcua",
    simulated: { protocol: "opcua", cycle: `${CYCLE_MS}ms`, namespaces: ["urn:plant:line"] },
    place: (variables) => ({ variables }),
    keys: { security: "None", publishingInterval: "200ms", samplingInterval: `${CYCLE_MS}ms`, queue: 200 },
    servedWithinMs: CYCLE_MS + SLACK_MS,
    variables: [
      node("speed", "Line.Speed", "FLOAT64", walk()),
      node("good", "Line.Good", "UINT64", count("18446744073709551000")),
      node("balance", "Line.Balance", "INT64", count(`-${BEYOND}`)),
      node("running", "Line.Running", "BOOLEAN", square),
      node("order", "Line.Order", "STRING", text("заказ")),
      node("zones", "Line.Zones", "FLOAT32", walk(), 8),
      node("totals", "Line.Totals", "INT64", count(BEYOND), 4),
    ],
  };
}

function rest(): Device {
  const value = (
    path: string,
    place: string,
    pointer: string,
    type: DataType,
    signal: object,
    many?: number,
  ): Variable => ({
    path,
    address: `${place === "/query" ? "query" : place}#${pointer}`,
    type,
    register: many === undefined ? `${place}#${pointer}` : `${place}#${pointer}/0`,
    ...(many === undefined ? {} : { elements: from(0, many, 1, (index) => `${place}#${pointer}/${index}`) }),
    simulated: { path: place, pointer, type, ...(many === undefined ? {} : { count: many }), ...signal },
    keys: { type },
  });
  return {
    name: "meter",
    driver: "rest",
    simulated: { protocol: "rest", cycle: `${CYCLE_MS}ms`, timestamp: "/time" },
    place: (variables) => ({ variables }),
    keys: {
      timestamp: "/time",
      requests: [{ name: "query", method: "POST", path: "/query", body: '{"select":"phases"}' }],
    },
    servedWithinMs: CYCLE_MS + SLACK_MS,
    variables: [
      value("import", "/counters", "/import/Wh", "UINT64", count("18446744073709551000")),
      value("export", "/counters", "/export/Wh", "INT64", count(`-${BEYOND}`)),
      value("power", "/counters", "/power", "FLOAT64", walk()),
      value("gusts", "/counters", "/gusts", "BOOLEAN", square),
      value("serial", "/counters", "/serial", "STRING", text("序列")),
      value("phases", "/query", "/phases", "FLOAT32", walk(), 3),
      value("totals", "/query", "/totals", "INT64", count(BEYOND), 4),
    ],
  };
}

function mqtt(): Device {
  const pointed = (path: string, pointer: string, type: DataType, signal: object): Variable => ({
    path,
    address: `line/4/status#${pointer}`,
    type,
    simulated: { topic: "line/4/status", pointer, type, ...signal },
    keys: { type, timestamp: "/time" },
  });
  const metric = (
    path: string,
    device: string | undefined,
    name: string,
    type: DataType,
    signal: object,
  ): Variable => ({
    path,
    address: `spBv1.0/halle/cell-1${device === undefined ? "" : `/${device}`}!${name}`,
    type,
    simulated: {
      group: "halle",
      node: "cell-1",
      ...(device === undefined ? {} : { device }),
      metric: name,
      type,
      ...signal,
    },
    keys: { type },
  });
  return {
    name: "broker",
    driver: "mqtt",
    simulated: { protocol: "mqtt", cycle: `${CYCLE_MS}ms`, publish: "300ms", birthEvery: "3s", timestamp: "/time" },
    place: (all) => ({
      variables: all.filter((each) => "topic" in each),
      metrics: all.filter((each) => "metric" in each),
    }),
    keys: {},
    servedWithinMs: CYCLE_MS + SLACK_MS,
    variables: [
      pointed("speed", "/motor/speed", "FLOAT64", walk()),
      pointed("good", "/good", "UINT64", count("18446744073709551000")),
      pointed("running", "/motor/running", "BOOLEAN", square),
      pointed("order", "/order", "STRING", text("注文")),
      metric("uptime", undefined, "Node/Uptime", "UINT32", count("4294967000")),
      metric("force", "press", "Force", "FLOAT32", walk()),
      metric("strokes", "press", "Strokes", "INT64", count(`-${BEYOND}`)),
      metric("tool", "press", "Tool", "STRING", text("T")),
    ],
  };
}

function configured({ name, driver, keys, variables }: Device, port: number): object {
  return {
    name,
    driver,
    host: "127.0.0.1",
    port,
    path: `plant/${name}`,
    timeout: REPLY_TIMEOUT,
    ...keys,
    tags: variables.map(({ path, address, decimals, keys: own }) => ({
      path,
      address,
      ...(decimals === undefined ? {} : { scale: 10 ** -decimals }),
      ...own,
    })),
  };
}

function tagOf(device: Device, { path, address, type, register: at, elements, decimals = 0 }: Variable): PlantTag {
  return {
    path: `plant/${device.name}/${path}`,
    device: device.name,
    ...(device.unit === undefined ? {} : { unit: device.unit }),
    register: at ?? address,
    ...(elements === undefined ? {} : { elements }),
    ...(device.servedWithinMs === undefined ? {} : { servedWithinMs: device.servedWithinMs }),
    dataType: type,
    decimals,
    engineeringUnit: "",
  };
}
