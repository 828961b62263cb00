/** Mutated RTU replies through the whole driver: line, port, modbus-serial, connection, conversion; in simulated time.
 *  [mutated frames] → test, soak */

import { Duplex } from "node:stream";
import { setImmediate as nextTask } from "node:timers/promises";
import { createLog } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { z } from "zod";
import { rtuFrame } from "../../../../../test/contract/driver-contract/scripted-rtu-device.ts";
import { Chance } from "../../../../../test/support/hostile/chance.ts";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { modbusRtuOverTcpDeviceShape } from "../../../src/drivers/modbus/config.ts";
import { ModbusConnection } from "../../../src/drivers/modbus/modbus-connection.ts";
import { ModbusDriver } from "../../../src/drivers/modbus/modbus-driver.ts";
import { never, tagsAt } from "./modbus-fixture.ts";

const UNIT = 1;
const TAGS = tagsAt(["hr:107", "hr:108", "hr:109"]);
/** What the driver sends for them: FC 3, three registers from 107. */
const REQUEST = Buffer.from(rtuFrame([UNIT, 3, 0, 107, 0, 3]));
const TIMEOUT_MS = 100;
const LATE_REPLY_MS = 200;

export interface MutatedFrames {
  readonly mutated: number;
  readonly good: number;
  /** Good, and not what the device sent: noise whose checksum is right by chance, once in 65,536. */
  readonly undetected: number;
  readonly bad: Readonly<Record<string, number>>;
  /** Values that no whole frame on the line held, Bad samples with a value. */
  readonly wrong: readonly string[];
  /** Timers of the driver that still wait afterwards. */
  readonly timersLeft: number;
}

/** Whatever the driver throws goes through: a throw is the failure. @param wanted  mutated replies. */
export async function readMutatedFrames(wanted: number, seed: number): Promise<MutatedFrames> {
  const chance = new Chance(seed);
  const clock = manualClock();
  const { line, requests, hear } = makeLine();
  const connection = new ModbusConnection(
    { name: "bus", framing: "rtu", characterMs: 0, advice: "", dial: async () => line },
    clock,
    createLog({ name: "test", level: "silent" }),
  );
  const config = z.object(modbusRtuOverTcpDeviceShape).parse({
    host: "bus",
    port: 1,
    timeout: `${TIMEOUT_MS}ms`,
    lateReply: `${LATE_REPLY_MS}ms`,
  });
  const driver = new ModbusDriver({ ...config, requestsInFlight: 1 }, connection, clock);
  const connecting = driver.connect(never);
  await clock.advanceAsync(1);
  await connecting;

  let mutated = 0;
  let reads = 0;
  let good = 0;
  let undetected = 0;
  const bad: Record<string, number> = {};
  const wrong: string[] = [];
  const note = (what: string): void => void (wrong.length < 10 && wrong.push(what));
  /** Comes after its request was given up. */
  let late: Buffer | undefined;
  while (mutated < wanted) {
    // A new plan each time: it would learn from mutated refusals that an address is bad, and ask no more.
    // A signal of its own for each read, as the scanner gives it.
    const reading = readSamples(driver, driver.plan(TAGS), new AbortController().signal);
    let settled = false;
    const settling = reading.finally(() => {
      settled = true;
    });
    const sent = goodReply(chance);
    let heard: Buffer = Buffer.alloc(0);
    for (let turn = 0; !settled; turn++) {
      for (let microtask = 0; microtask < 24 && !settled && requests.length === 0; microtask++) await undefined;
      if (settled) break;
      if (requests.length === 0) {
        clock.advance(TIMEOUT_MS); // what is waited for does not come
        if (late !== undefined) hear(late);
        late = undefined;
        if (turn > 50) throw new Error("the driver neither asks nor gives up");
        continue;
      }
      requests.length = 0;
      heard = mutatedReply(sent, chance);
      if (!heard.equals(sent)) mutated++;
      if (chance.below(32) === 0) {
        late = heard;
        continue;
      }
      for (const part of cutUp(heard, chance)) hear(part);
    }
    const samples = await settling;
    // Nothing above ever leaves the microtasks; only between tasks does Node let go of signals that were combined.
    if (++reads % 256 === 0) await nextTask();
    const said = samples.map(({ value }) => value);
    for (const { statusCode, value } of samples) {
      if (statusCode === StatusCode.Good) continue;
      bad[statusCode] = (bad[statusCode] ?? 0) + 1;
      if (value !== null) note("a Bad sample with a value");
    }
    if (said.some((value) => value === null)) continue;
    good++;
    const data = Buffer.alloc(6);
    for (const [at, value] of said.entries()) data.writeUInt16BE(Number(value), at * 2);
    const frame = Buffer.from(rtuFrame([UNIT, 3, 6, ...data]));
    if (!heard.includes(frame)) note(`${data.toString("hex")} out of ${heard.toString("hex")}`);
    else if (!frame.equals(sent)) undetected++;
  }
  const closing = driver.close();
  await clock.advanceAsync(1);
  await closing;
  return { mutated, good, undetected, bad, wrong, timersLeft: clock.waiting };
}

function makeLine() {
  const requests: Buffer[] = [];
  const line = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      requests.push(chunk);
      done();
    },
  });
  return { line, requests, hear: (bytes: Uint8Array) => void line.emit("data", Buffer.from(bytes)) };
}

function goodReply(chance: Chance): Buffer {
  return Buffer.from(
    chance.below(10) === 0 ? rtuFrame([UNIT, 0x83, 1 + chance.below(11)]) : rtuFrame([UNIT, 3, 6, ...chance.bytes(6)]),
  );
}

function mutatedReply(sent: Buffer, chance: Chance): Buffer {
  const bytes = Buffer.from(sent);
  const noise = chance.bytes(1 + chance.below(40));
  const at = chance.below(sent.length);
  switch (chance.below(12)) {
    case 0:
      return bytes; // control
    case 1:
      bytes[at]! ^= 1 << chance.below(8);
      return bytes;
    case 2:
      for (let times = 1 + chance.below(6); times > 0; times--)
        bytes[chance.below(bytes.length)]! ^= 1 + chance.below(255);
      return bytes;
    case 3:
      return bytes.subarray(0, at); // its end is missing
    case 4:
      return bytes.subarray(at); // its beginning
    case 5:
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
    case 6:
      return Buffer.concat([noise, bytes]);
    case 7:
      return Buffer.from(noise); // nothing else
    case 8: // a whole frame with a body of anybody
      return Buffer.from(rtuFrame([chance.below(4), chance.below(256), ...noise]));
    case 9: // another byte count, with a checksum that fits
      return Buffer.from(rtuFrame([UNIT, 3, chance.below(256), ...noise]));
    case 10: // another unit's reply before
      return Buffer.concat([rtuFrame([2, 3, 6, ...chance.bytes(6)]), bytes]);
    default: // the request's own echo before
      return Buffer.concat([REQUEST, bytes]);
  }
}

function cutUp(bytes: Buffer, chance: Chance): readonly Buffer[] {
  const at = chance.below(bytes.length + 1);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}
