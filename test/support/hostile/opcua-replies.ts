/** OPC UA servers whose replies are mutated on their way, read by the real driver over TCP.
 *  seed → simulated server → [OPC UA replies] → OPC UA driver → what became of every sample
 *  Source: OPC UA Part 6 §6.7.2 (MessageChunk); security None, so that a changed byte is not found out by a signature. */

import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { plantSection, startPlant } from "@nonreturn/hardware-sim";
import { createLog, type HostPort, StationError, systemClock } from "@nonreturn/station";
import { type DataType, qualityOf, type Sample, StatusCode } from "@nonreturn/wire-format";
import { z } from "zod";
import type { PollingDriver } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { opcua } from "../../../packages/ot-sender/src/drivers/opcua/index.ts";
import { readSamples } from "../read-samples.ts";
import { Chance } from "./chance.ts";
import { fitsType } from "./fits-type.ts";
import { CHUNK_HEADER_BYTES, mutatedChunk } from "./opcua-chunk.ts";

export interface OpcuaReport {
  /** Chunks changed on their way. */
  readonly mutatedReplies: number;
  readonly good: number;
  readonly bad: number;
  readonly connectionsLost: number;
  /** Good samples of another type than the tag's, Bad ones with a value, errors that are no CONNECTION_LOST. */
  readonly wrong: readonly string[];
  /** Drivers that read rightly again once the replies were left alone. */
  readonly recovered: number;
}

const VARIABLES = [
  { id: "Speed", type: "FLOAT64", signal: { kind: "constant", value: 12.5 } },
  { id: "Running", type: "BOOLEAN", signal: { kind: "constant", value: true } },
  { id: "Total", type: "UINT64", signal: { kind: "constant", value: "18446744073709551615" } },
  { id: "Deficit", type: "INT64", signal: { kind: "constant", value: "-9007199254740993" } },
  { id: "Order", type: "STRING", signal: { kind: "constant", value: "A-17 °C" } },
  { id: "Recipe", type: "INT32", count: 3, signal: { kind: "constant", value: 4 } },
  { id: "Count", type: "UINT32", signal: { kind: "counter", every: "1ms" } },
];
const TAGS = VARIABLES.map(({ id, type }, index) => ({
  tagId: index + 1,
  path: `t/${id}`,
  address: `nsu=urn:nonreturn:plant;s=${id}`,
  dataType: type as DataType,
  options: {},
}));
const TIMEOUT_MS = 100;
/** Reads in a row that time out altogether; then the station connects anew. */
const SILENT_READS = 3;
const NEVER = new AbortController().signal;

export interface HostileOpcua {
  readonly seed: number;
  readonly drivers: number;
  /** Mutated replies in all, about. */
  readonly wanted: number;
  /** For keys and certificates. */
  readonly pkiFolder: string;
}

export async function readMutatedOpcua({ seed, drivers, wanted, pkiFolder }: HostileOpcua): Promise<OpcuaReport> {
  const report = { mutatedReplies: 0, good: 0, bad: 0, connectionsLost: 0, recovered: 0 };
  const wrong: string[] = [];
  const note = (what: string): void => void (wrong.length < 10 && wrong.push(what));
  // A session whose connection was lost stays with the server for a minute.
  const settings = plantSection.parse({
    devices: [{ name: "server", protocol: "opcua", maxConnections: 10_000, cycle: "1ms", variables: VARIABLES }],
  });
  const plant = await startPlant(settings, { seed: 1, clock: systemClock, folder: "." });

  const look = (samples: readonly Sample[]): void => {
    for (const { tagId, value, statusCode } of samples) {
      if (qualityOf(statusCode) === "bad") {
        report.bad++;
        if (value !== null) note("a Bad sample with a value");
      } else {
        report.good++;
        // A value changed on its way cannot be told from another value; its type can.
        if (value === null || !fitsType(TAGS[tagId - 1]!.dataType, value))
          note(`${TAGS[tagId - 1]!.address}: ${String(value)}`);
      }
    }
  };

  const readOne = async (number: number): Promise<void> => {
    const chance = new Chance(seed + number);
    let mutatedHere = 0;
    const proxy = await startProxy(plant.addressOf("server"), (chunk) => {
      if (chance.below(8) === 0) return [chunk]; // control: believed between the mutated ones
      mutatedHere++;
      report.mutatedReplies++;
      return mutatedChunk(chunk, chance);
    });
    const driver = driverOn(proxy.address, pkiFolder);
    try {
      while (mutatedHere < wanted / drivers) {
        await connectTo(driver, proxy);
        await untilLost(driver, () => mutatedHere >= wanted / drivers, look, note);
        report.connectionsLost++;
        proxy.mutate("off");
        proxy.breakOff(); // what the mutated stream waits for never comes
        await driver.close();
      }
      if (await readsAgain(driver, proxy)) report.recovered++;
    } finally {
      await driver.close();
      await proxy.close();
    }
  };
  try {
    await Promise.all(Array.from({ length: drivers }, (_, number) => readOne(number)));
  } finally {
    await plant.close();
  }
  return { ...report, wrong };
}

/** Left alone. On a busy machine a reply may take longer than the driver waits. */
async function readsAgain(driver: PollingDriver, proxy: Proxy): Promise<boolean> {
  await connectTo(driver, proxy);
  proxy.mutate("off");
  for (let attempt = 0; attempt < 50; attempt++) {
    const readings = await driver.readRaw!(driver.plan(TAGS), NEVER);
    if (readings.every(({ sample }) => sample.statusCode === StatusCode.Good) && readings[0]?.sample.value === 12.5)
      return true;
  }
  return false;
}

/** With honest replies: what may go wrong while connecting is another test's. */
async function connectTo(driver: PollingDriver, proxy: Proxy): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await driver.connect(NEVER);
      break;
    } catch (error) {
      // A busy machine may take longer than the driver waits.
      if (attempt === 20 || !(error instanceof StationError) || error.code !== "DEVICE_UNREACHABLE") throw error;
    }
  }
  proxy.mutate("on");
}

async function untilLost(
  driver: PollingDriver,
  isEnough: () => boolean,
  look: (samples: readonly Sample[]) => void,
  note: (what: string) => void,
): Promise<void> {
  const plan = driver.plan(TAGS);
  try {
    for (let silent = 0; silent < SILENT_READS && !isEnough(); ) {
      const samples = await readSamples(driver, plan, NEVER);
      look(samples);
      silent = samples.every(({ statusCode }) => statusCode === StatusCode.BadTimeout) ? silent + 1 : 0;
      await turn();
    }
  } catch (error) {
    if (error instanceof StationError && (error.code === "CONNECTION_LOST" || error.code === "READ_ABORTED")) return;
    note(String(error instanceof Error ? error.stack : error).slice(0, 600));
  }
}

function driverOn(address: HostPort, pkiFolder: string): PollingDriver {
  const config = z.strictObject(opcua.deviceShape).parse({
    ...address,
    security: "None",
    pkiFolder,
    timeout: `${TIMEOUT_MS}ms`,
    connectTimeout: "10s",
    reading: "polling",
  });
  const [driver] = opcua.createChannel([{ device: "hostile", config: config as never, timezone: "UTC" }], {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
  });
  return driver as PollingDriver;
}

interface Proxy {
  readonly address: HostPort;
  /** End every connection. */
  breakOff(): void;
  mutate(whether: "on" | "off"): void;
  close(): Promise<void>;
}

/** Passes requests on as they are, and whole chunks of replies as `change` makes them. */
async function startProxy(server: HostPort, change: (chunk: Buffer) => readonly Uint8Array[]): Promise<Proxy> {
  const open = new Set<Socket>();
  const breakOff = (): void => {
    for (const socket of open) socket.destroy();
  };
  let isMutating = false;
  const listener = createServer((near) => {
    const far = connect(server.port, server.host);
    near.on("data", (bytes: Buffer) => far.write(bytes));
    let received: Buffer = Buffer.alloc(0);
    far.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= CHUNK_HEADER_BYTES) {
        const length = received.readUInt32LE(4);
        if (received.length < length) return;
        const chunk = received.subarray(0, length);
        received = received.subarray(length);
        const isReply = chunk.toString("latin1", 0, 3) === "MSG";
        for (const part of isMutating && isReply ? change(chunk) : [chunk]) if (!near.destroyed) near.write(part);
      }
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  return {
    address: { host: "127.0.0.1", port: (listener.address() as AddressInfo).port },
    mutate(whether) {
      isMutating = whether === "on";
    },
    breakOff,
    async close() {
      breakOff();
      await new Promise((closed) => listener.close(closed));
    },
  };
}
