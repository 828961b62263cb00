/** The plant that every test of the line reads: all types and byte orders, echoes, constants hard to carry, all scripts.
 *  [line plant] → plant scenario for nonreturn-sim, devices for nonreturn-ot, what each tag must show */
import type { DataType, Value } from "@nonreturn/wire-format";
import { NAMES, TEXTS } from "./every-script.ts";

/** How a tag and the register it is read from belong together: what the station is told, written down a second time for the check. */
export interface PlantTag {
  readonly path: string;
  /** Simulated, as the truth record names it. */
  readonly device: string;
  /** Of a Modbus device. */
  readonly unit?: number;
  /** As the truth record names it. */
  readonly register: string;
  /** Of an array: the registers of its elements, `register` the first of them. */
  readonly elements?: readonly string[];
  /** Where the device says the time of a value: it served the value at most so long after it. */
  readonly servedWithinMs?: number;
  readonly dataType: DataType;
  /** Digits after the point of a scaled integer. */
  readonly decimals: number;
  readonly engineeringUnit: string;
}

/** One alarm, and what it says of a value: written down a second time for the check. */
export interface PlantAlarm {
  readonly path: string;
  readonly condition: string;
  readonly isMet: (value: Value | null) => boolean;
}

export interface LinePlant {
  readonly seed: number;
  /** The `plant` section of a scenario. */
  readonly scenario: object;
  /** The `devices` of the OT station's configuration. */
  devicesAt(portOf: (device: string) => number): readonly object[];
  readonly tags: readonly PlantTag[];
  /** Without deadbands and delays: each value decides for itself. */
  readonly alarms: readonly PlantAlarm[];
}

interface Register {
  readonly at: string;
  readonly path: string;
  readonly type: DataType;
  /** undefined: the simulator answers with the register's own address. */
  readonly signal?: object;
  readonly decimals?: number;
  readonly engineeringUnit?: string;
  readonly scanClass?: "fast" | "normal";
  readonly alarms?: RegisterAlarms;
}

interface RegisterAlarms {
  readonly hiHi?: number;
  readonly hi?: number;
  readonly lo?: number;
  readonly discrete?: boolean;
}

interface Device {
  readonly name: string;
  readonly unit: number;
  readonly byteOrder: "ABCD" | "CDAB" | "BADC" | "DCBA";
  readonly path: string;
  readonly registers: readonly Register[];
}

/** No machine is so slow: what a device served and nobody waited for would be a change that is not reported. */
export const REPLY_TIMEOUT = "30s";
const TEXT_BYTES = 60;
const ECHOES = 24;

const isAbove = (limit: number) => (value: Value | null) => typeof value === "number" && value > limit;
const ALARMS: {
  readonly [Key in keyof RegisterAlarms]-?: { condition: string; isMet(limit: number | boolean): PlantAlarm["isMet"] };
} = {
  hiHi: { condition: "HighHigh", isMet: (limit) => isAbove(Number(limit)) },
  hi: { condition: "High", isMet: (limit) => isAbove(Number(limit)) },
  lo: { condition: "Low", isMet: (limit) => (value) => typeof value === "number" && value < Number(limit) },
  discrete: { condition: "Discrete", isMet: (when) => (value) => value === when },
};

/** @param alarms  "some": a few tags have alarms that come and go every second or so. */
export function linePlant(seed: number, alarms: "none" | "some" = "none"): LinePlant {
  const devices = [
    numbers("press", "ABCD"),
    numbers("mill", "CDAB"),
    numbers("kiln", "BADC"),
    scripts(),
    echoes(),
    constants(),
  ];
  return {
    seed,
    scenario: { devices: devices.map(simulated) },
    devicesAt: (portOf) => devices.map((device) => configured(device, portOf(device.name), alarms)),
    tags: devices.flatMap((device) => device.registers.map((register) => tagOf(device, register))),
    alarms: alarms === "none" ? [] : devices.flatMap(alarmsOf),
  };
}

/** Every numeric type, changing at its own pace; the same registers in each byte order. */
function numbers(name: string, byteOrder: Device["byteOrder"]): Device {
  const walk = (step: number) => ({ kind: "random-walk", start: 0, step, every: "200ms", min: -30_000, max: 30_000 });
  const count = (start: string, everyMs: number) => ({
    kind: "counter",
    start,
    increment: [1, 9],
    every: `${everyMs}ms`,
  });
  const fast = { scanClass: "fast" } as const;
  return {
    name,
    unit: 1,
    byteOrder,
    path: `line/${name}`,
    registers: [
      { at: "hr:0", path: "level", type: "UINT16", signal: count("65530", 300) },
      { at: "hr:1", path: "starts", type: "UINT32", signal: count("4294967290", 400) },
      { at: "hr:3", path: "balance", type: "INT64", signal: count("-9007199254741100", 300) },
      { at: "hr:7", path: "total", type: "UINT64", signal: count("18446744073709551000", 300), engineeringUnit: "l" },
      // Too far away to be read along with those above: what the simulator serves is then what the station reports.
      {
        at: "hr:100",
        path: "temperature",
        type: "INT16",
        signal: walk(30),
        decimals: 1,
        engineeringUnit: "°C",
        alarms: { lo: -2, hi: 2, hiHi: 5 },
        ...fast,
      },
      { at: "hr:101", path: "torque", type: "INT32", signal: walk(4000), decimals: 3, engineeringUnit: "Nm", ...fast },
      { at: "hr:103", path: "pressure", type: "FLOAT32", signal: walk(0.7), engineeringUnit: "bar", ...fast },
      { at: "hr:105", path: "speed", type: "FLOAT64", signal: walk(0.3), engineeringUnit: "1/min", ...fast },
      {
        at: "hr:109.7",
        path: "running",
        type: "BOOLEAN",
        signal: square(400, 1500),
        alarms: { discrete: true },
        ...fast,
      },
      { at: "di:3", path: "door/closed", type: "BOOLEAN", signal: square(300, 900), alarms: { discrete: false } },
      { at: "ir:5", path: "flow", type: "FLOAT32", signal: { kind: "sine", mean: 3, amplitude: 2, period: "7s" } },
    ],
  };
}

function scripts(): Device {
  const width = TEXT_BYTES / 2;
  return {
    name: "scripts",
    unit: 7,
    byteOrder: "ABCD",
    path: "line/scripts",
    registers: Object.values(NAMES).map((path, index) => ({
      at: `hr:${index * width}`,
      path,
      type: "STRING",
      // Each tag begins with another text, so that two tags never show the same at the same time.
      signal: { kind: "text", texts: rotate(TEXTS, index), every: `${700 + 20 * index}ms` },
    })),
  };
}

/** Registers that answer with their own address: a value that came from another register says so. */
function echoes(): Device {
  return {
    name: "echo",
    unit: 9,
    byteOrder: "ABCD",
    path: "line/echo",
    registers: Array.from({ length: ECHOES }, (_, index) => ({
      at: `hr:${1000 + 37 * index}`,
      path: `register-${1000 + 37 * index}`,
      type: "UINT16",
    })),
  };
}

/** Values whose bits are easily lost. They never change: maximum silence repeats them. */
function constants(): Device {
  const constant = (value: string | number) => ({ kind: "constant", value });
  return {
    name: "constants",
    unit: 1,
    byteOrder: "DCBA",
    path: "line/constants",
    registers: [
      { at: "hr:0", path: "not a number", type: "FLOAT32", signal: constant("NaN") },
      { at: "hr:2", path: "infinite", type: "FLOAT32", signal: constant("-Infinity") },
      { at: "hr:4", path: "minus zero", type: "FLOAT64", signal: constant("-0") },
      { at: "hr:8", path: "smallest", type: "FLOAT64", signal: constant(5e-324) },
      { at: "hr:12", path: "a third", type: "FLOAT64", signal: constant(1 / 3) },
      { at: "hr:16", path: "last 64-bit", type: "INT64", signal: constant("9223372036854775807") },
      { at: "hr:20", path: "tenth", type: "FLOAT32", signal: constant(0.1) },
    ],
  };
}

function square(shortestMs: number, longestMs: number): object {
  const dwell = [`${shortestMs}ms`, `${longestMs}ms`];
  return { kind: "square", dwellLow: dwell, dwellHigh: dwell };
}

function simulated({ name, unit, byteOrder, registers }: Device): object {
  const own = registers.filter(({ signal }) => signal !== undefined);
  return {
    name,
    listen: "127.0.0.1:0",
    byteOrder,
    units: [
      {
        unit,
        responseTime: "1ms",
        unmapped: own.length === registers.length ? "exception" : "echo",
        registers: own.map(({ at, type, signal, decimals = 0 }) => ({
          at,
          type,
          signal,
          ...(type === "STRING" ? { length: TEXT_BYTES } : {}),
          ...(decimals === 0 ? {} : { scale: 10 ** -decimals }),
        })),
      },
    ],
  };
}

function configured({ name, unit, byteOrder, path, registers }: Device, port: number, alarms: "none" | "some"): object {
  return {
    name,
    driver: "modbus",
    host: "127.0.0.1",
    port,
    unit,
    byteOrder,
    path,
    timeout: REPLY_TIMEOUT,
    tags: registers.map((register) => ({
      path: register.path,
      address: register.at,
      scanClass: register.scanClass ?? "normal",
      unit: register.engineeringUnit ?? "",
      ...(isBit(register) ? {} : { type: register.type }),
      ...(register.type === "STRING" ? { length: TEXT_BYTES } : {}),
      ...(register.decimals === undefined ? {} : { scale: 10 ** -register.decimals }),
      ...(register.alarms === undefined || alarms === "none" ? {} : { alarms: register.alarms }),
    })),
  };
}

const isBit = ({ type }: Register): boolean => type === "BOOLEAN";

function alarmsOf({ path, registers }: Device): PlantAlarm[] {
  return registers.flatMap((register) =>
    Object.entries(register.alarms ?? {}).map(([key, limit]) => {
      const { condition, isMet } = ALARMS[key as keyof RegisterAlarms];
      return { path: `${path}/${register.path}`, condition, isMet: isMet(limit) };
    }),
  );
}

function tagOf(device: Device, { at, path, type, decimals = 0, engineeringUnit = "" }: Register): PlantTag {
  return {
    path: `${device.path}/${path}`,
    device: device.name,
    unit: device.unit,
    register: at,
    dataType: type,
    decimals,
    engineeringUnit,
  };
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
