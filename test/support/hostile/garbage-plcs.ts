/** PLCs that answer with mutated replies, one honest one beside them, all read by the real driver over TCP.
 *  seed → [garbage PLCs] → Modbus driver → what became of every sample */

import { type Clock, createLog, StationError, systemClock } from "@nonreturn/station";
import { type Sample, StatusCode } from "@nonreturn/wire-format";
import { z } from "zod";
import type { PollingDriver } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { modbus } from "../../../packages/ot-sender/src/drivers/modbus/index.ts";
import {
  goodReply,
  type ScriptedRequest,
  startScriptedDevice,
} from "../../contract/driver-contract/scripted-device.ts";
import { readSamples } from "../read-samples.ts";
import { Chance } from "./chance.ts";

/** Far apart, so that each is a request of its own, sixteen in flight. */
const REGISTERS = Array.from({ length: 16 }, (_, at) => 1 + at * 1000);
const TIMEOUT_MS = 50;
const CONNECT_ATTEMPTS = 20;
const HOUR_MS = 3_600_000;
/** Where the first register stands in a reply: header 6, unit 1, function code 1, byte count 1. */
const VALUE_AT = 9;

export interface GarbageReport {
  readonly mutatedReplies: number;
  readonly good: number;
  readonly bad: number;
  readonly connectionsLost: number;
  readonly honestReads: number;
  /** Good samples whose value no reply of their own device held; Bad ones with a value; anything of the honest PLC that is not right. */
  readonly wrong: readonly string[];
  /** PLCs that were read rightly again once they stopped. */
  readonly recovered: number;
}

/** @param wanted  mutated replies in all, about. */
export async function readGarbage(seed: number, plcs: number, wanted: number): Promise<GarbageReport> {
  const report = { mutatedReplies: 0, good: 0, bad: 0, connectionsLost: 0, honestReads: 0, recovered: 0 };
  const wrong: string[] = [];
  const note = (what: string): void => void (wrong.length < 10 && wrong.push(what));
  const honest = await startScriptedDevice();
  let garbageEnds = false;

  const readHonest = async (): Promise<void> => {
    const driver = driverOf(honest.address.port, 5000);
    const plan = driver.plan(TAGS);
    await driver.connect(NEVER);
    while (!garbageEnds) {
      const samples = await readSamples(driver, plan, NEVER);
      if (!samples.every(isRight)) note(`honest PLC: ${JSON.stringify(samples)}`);
      report.honestReads++;
      honest.requests.length = 0;
    }
    await driver.close();
  };

  const readOne = async (plc: number): Promise<void> => {
    const chance = new Chance(seed + plc);
    let said = new Set<number>();
    // A reply cut short or named long waits in the stream, and ends with the bytes of the next scan.
    let saidBefore = new Set<number>();
    let garbage = true;
    let mutatedHere = 0;
    const device = await startScriptedDevice((request) => {
      device.requests.length = 0;
      const reply = goodReply(request);
      if (!garbage || chance.below(8) === 0) {
        said.add((reply[VALUE_AT]! << 8) | reply[VALUE_AT + 1]!);
        return reply;
      }
      report.mutatedReplies++;
      mutatedHere++;
      const bytes = mutatedReply(reply, request, chance);
      // A value changed on its way cannot be told from another value: Modbus TCP has no checksum of its own.
      for (let at = 0; at + 1 < bytes.length; at++) said.add((bytes[at]! << 8) | bytes[at + 1]!);
      return bytes;
    });
    const clock = shiftedClock();
    const driver = driverOf(device.address.port, TIMEOUT_MS, clock);
    const plan = driver.plan(TAGS);
    const share = wanted / plcs;
    await driver.connect(NEVER);
    while (mutatedHere < share) {
      const mutatedBefore = mutatedHere;
      saidBefore = said;
      said = new Set();
      await readOnce(driver, plan, (samples) => {
        for (const sample of samples) {
          if (sample.statusCode === StatusCode.Good) {
            report.good++;
            const value = sample.value as number;
            if (!said.has(value) && !saidBefore.has(value)) note(`PLC ${plc} never said ${value}`);
          } else {
            report.bad++;
            if (sample.value !== null) note(`PLC ${plc}: a Bad sample with a value`);
          }
        }
      });
      // Every address is held to be bad: nothing is asked until its retry is due. The scanner's period lets others have their turn meanwhile.
      if (mutatedHere === mutatedBefore) clock.shift(HOUR_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
    garbage = false;
    for (let attempt = 0; attempt < 50; attempt++) {
      clock.shift(HOUR_MS);
      let isHealthy = false;
      await readOnce(driver, plan, (samples) => {
        isHealthy = samples.every(isRight);
      });
      if (!isHealthy) continue;
      report.recovered++;
      break;
    }
    await driver.close();
    await device.close();
  };

  /** As the scanner does: a lost connection is made anew. */
  async function readOnce(
    driver: PollingDriver,
    plan: ReturnType<PollingDriver["plan"]>,
    look: (samples: readonly Sample[]) => void,
  ): Promise<void> {
    try {
      look(await readSamples(driver, plan, NEVER));
    } catch (error) {
      if (!(error instanceof StationError) || error.code !== "CONNECTION_LOST") throw error;
      report.connectionsLost++;
      await connectAnew(driver);
    }
  }

  /** On a busy machine a connection may take longer than the driver waits. */
  async function connectAnew(driver: PollingDriver): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await driver.close();
      try {
        return await driver.connect(NEVER);
      } catch (error) {
        if (!(error instanceof StationError) || error.code !== "DEVICE_UNREACHABLE" || attempt === CONNECT_ATTEMPTS)
          throw error;
      }
    }
  }

  const reading = readHonest();
  await Promise.all(Array.from({ length: plcs }, (_, plc) => readOne(plc)));
  garbageEnds = true;
  await reading;
  await honest.close();
  return { ...report, wrong };
}

const NEVER = new AbortController().signal;

const TAGS = REGISTERS.map((register, at) => ({
  tagId: at + 1,
  path: `t/${register}`,
  address: `hr:${register}`,
  dataType: "UINT16" as const,
  options: {},
}));

function isRight(sample: Sample): boolean {
  return sample.statusCode === StatusCode.Good && sample.value === REGISTERS[sample.tagId - 1];
}

/** Addresses that a garbled exception called bad are asked for again only after a while. */
function shiftedClock(): Clock & { shift(ms: number): void } {
  let offset = 0;
  return {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() + offset,
    shift(ms) {
      offset += ms;
    },
  };
}

function driverOf(port: number, timeoutMs: number, clock: Clock = systemClock): PollingDriver {
  const config = z
    .strictObject(modbus.deviceShape)
    .parse({ host: "127.0.0.1", port, timeout: `${timeoutMs}ms`, requestsInFlight: 16 });
  const [driver] = modbus.createChannel([{ device: "plc", config: config as never, timezone: "UTC" }], {
    clock,
    log: createLog({ name: "test", level: "silent" }),
  });
  return driver as PollingDriver;
}

function mutatedReply(reply: Uint8Array, { transactionId }: ScriptedRequest, chance: Chance): Uint8Array {
  const bytes = Uint8Array.from(reply);
  switch (chance.below(8)) {
    case 0:
      bytes[chance.below(bytes.length)]! ^= 1 << chance.below(8);
      return bytes;
    case 1:
      for (let times = 1 + chance.below(6); times > 0; times--)
        bytes[chance.below(bytes.length)]! ^= 1 + chance.below(255);
      return bytes;
    case 2: // cut in the body, with a length that fits
      return framed(transactionId, bytes.subarray(6, 8 + chance.below(bytes.length - 8)));
    case 3: // lengthened, with a length that fits
      return framed(transactionId, Buffer.concat([bytes.subarray(6), chance.bytes(1 + chance.below(200))]));
    case 4: // random body
      return framed(transactionId, chance.bytes(2 + chance.below(252)));
    case 5: // another function, another exception
      bytes[7] = chance.below(256);
      return bytes;
    case 6: // another byte count
      bytes[8] = chance.below(256);
      return bytes;
    default: // somebody else's reply, and this one too
      return Buffer.concat([framed(chance.below(65_536), bytes.subarray(6)), bytes]);
  }
}

function framed(transactionId: number, body: Uint8Array): Uint8Array {
  const header = Uint8Array.from([transactionId >> 8, transactionId & 255, 0, 0, body.length >> 8, body.length & 255]);
  return Buffer.concat([header, body]);
}
