/** Mutated answers through the real OPC UA drivers, polling and subscribing, and through the library's sessions, by the million.
 *  seed → scripted server → [OPC UA sessions] → OPC UA drivers → what became of every sample */

import { setImmediate as turn } from "node:timers/promises";
import { createLog, StationError, systemClock } from "@nonreturn/station";
import { qualityOf, type Sample, StatusCode, type DataType as TagDataType, type Value } from "@nonreturn/wire-format";
import {
  BinaryStream,
  DataType,
  DataValue,
  PublishResponse,
  ReadResponse,
  StatusCodes,
  VariantArrayType,
} from "node-opcua";
import { z } from "zod";
import type { Driver, TagAddress } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { opcua } from "../../../packages/ot-sender/src/drivers/opcua/index.ts";
import { readSamples } from "../read-samples.ts";
import { Chance } from "./chance.ts";
import { fitsType } from "./fits-type.ts";
import { BODY_AT, mutatedChunk, RESULTS_AT } from "./opcua-chunk.ts";
import { type AnswerKind, type ScriptedOpcua, startScriptedOpcua } from "./scripted-opcua.ts";

export interface SessionsReport {
  /** Answers changed on their way, by what they would have been. */
  readonly mutated: Readonly<Record<AnswerKind, number>>;
  /** Answers left as they were, between the others. */
  readonly honest: number;
  readonly good: number;
  readonly bad: number;
  readonly sessions: number;
  /** Attempts to connect that failed: their answers were mutated too. */
  readonly refused: number;
  readonly connectionsLost: number;
  /** Good samples of another type than the tag's, Bad ones with a value, errors of another kind than the contract allows. */
  readonly wrong: readonly string[];
  /** Drivers that delivered every value rightly again once the answers were left alone. */
  readonly recovered: number;
}

export interface HostileSessions {
  readonly seed: number;
  /** Of each kind. */
  readonly drivers: number;
  /** Mutated answers in all, about. */
  readonly wanted: number;
  /** For keys and certificates. */
  readonly pkiFolder: string;
}

const WHEN = new Date(1_795_420_800_000);
const VALUES: readonly (readonly [TagDataType, Value, DataType, unknown, VariantArrayType?])[] = [
  ["FLOAT64", 12.5, DataType.Double, 12.5],
  ["BOOLEAN", true, DataType.Boolean, true],
  ["UINT64", 2n ** 64n - 1n, DataType.UInt64, [0xffff_ffff, 0xffff_ffff]],
  ["INT64", 7n, DataType.Int64, [0, 7]],
  ["STRING", "A-17 °C", DataType.String, "A-17 °C"],
  ["INT32", [4, 5, 6], DataType.Int32, Int32Array.of(4, 5, 6), VariantArrayType.Array],
  ["FLOAT32", 0.5, DataType.Float, 0.5],
];
const TAGS: readonly TagAddress[] = VALUES.map(([dataType], index) => ({
  tagId: index + 1,
  path: `t/${index}`,
  address: `ns=1;s=${index}`,
  dataType,
  options: {},
}));

/** So many answers are changed in every way there is; the others in bytes of values, which seldom ends a connection. */
const HARSH_EVERY = 100;
/** Of those others that cannot be decoded, so many are sent: each costs a session, which costs as much as a hundred answers. */
const UNREADABLE_EVERY = 10;
/** Answers between two that are left as they are. */
const HONEST_EVERY = 8;
/** Of the answers that make a session, so many are mutated. */
const SESSION_EVERY = 100;
/** Nothing came for so long: what a mutated answer was for never comes. */
const STALLED_MS = 400;
const TIMEOUT_MS = 100;
const SILENT_READS = 3;
const NEVER = new AbortController().signal;

export async function readMutatedSessions(hostile: HostileSessions): Promise<SessionsReport> {
  const { seed, drivers, wanted, pkiFolder } = hostile;
  const mutated: Record<AnswerKind, number> = { read: 0, publish: 0, session: 0 };
  const counts = { honest: 0, good: 0, bad: 0, sessions: 0, refused: 0, connectionsLost: 0, recovered: 0 };
  const wrong: string[] = [];
  const note = (what: string): void => void (wrong.length < 10 && wrong.push(what));
  const look = (samples: readonly Sample[]): void => {
    for (const { tagId, value, statusCode } of samples) {
      const tag = TAGS[tagId - 1];
      if (tag === undefined) note(`a sample of tag ${tagId}`);
      else if (qualityOf(statusCode) === "bad") {
        counts.bad++;
        if (value !== null) note("a Bad sample with a value");
      } else {
        counts.good++;
        if (value === null || !fitsType(tag.dataType, value)) note(`${tag.dataType}: ${String(value)}`);
      }
    }
  };
  const values = VALUES.map(
    ([, , dataType, value, arrayType = VariantArrayType.Scalar]) =>
      new DataValue({
        statusCode: StatusCodes.Good,
        sourceTimestamp: WHEN,
        serverTimestamp: WHEN,
        value: { dataType, arrayType, value } as never,
      }),
  );

  const readOne = async (number: number, reading: "polling" | "subscription"): Promise<void> => {
    const chance = new Chance(seed + number);
    const share = wanted / (2 * drivers);
    let here = 0;
    let isMutating = true;
    const server = await startScriptedOpcua({
      values,
      change(kind, chunk) {
        const isLeft =
          !isMutating ||
          (chance.below(kind === "session" ? SESSION_EVERY : HONEST_EVERY) === 0) !== (kind === "session");
        if (isLeft) {
          counts.honest++;
          return [chunk];
        }
        mutated[kind]++;
        here++;
        return kind === "session" || chance.below(HARSH_EVERY) === 0
          ? mutatedChunk(chunk, chance)
          : [retouched(kind, chunk, chance)];
      },
    });
    const driver = driverOn(server, reading, pkiFolder);
    try {
      while (here < share) {
        const isConnected = await connects(driver, note);
        if (!isConnected) {
          counts.refused++;
          continue;
        }
        counts.sessions++;
        await untilLost(driver, server, () => here >= share, look, note);
        counts.connectionsLost++;
        server.breakOff();
        await driver.close();
      }
      isMutating = false;
      if (await isWhole(driver)) counts.recovered++;
    } finally {
      await driver.close();
      await server.close();
    }
  };
  const numbers = Array.from({ length: drivers }, (_, number) => number);
  await Promise.all(
    numbers.flatMap((number) => [readOne(number, "polling"), readOne(number + drivers, "subscription")]),
  );
  return { mutated, ...counts, wrong };
}

/** One to four bytes behind the answer's own header: values, their types, times, status codes, lengths. */
function retouched(kind: AnswerKind, chunk: Buffer, chance: Chance): Uint8Array {
  for (;;) {
    const bytes = Buffer.from(chunk);
    for (let times = 1 + chance.below(4); times > 0; times--)
      bytes[RESULTS_AT + chance.below(bytes.length - RESULTS_AT)] = chance.below(256);
    if (isReadable(kind, bytes) || chance.below(UNREADABLE_EVERY) === 0) return bytes;
  }
}

function isReadable(kind: AnswerKind, chunk: Buffer): boolean {
  try {
    const answer = kind === "read" ? new ReadResponse() : new PublishResponse();
    answer.decode(new BinaryStream(chunk.subarray(BODY_AT + 4)));
    return true;
  } catch {
    return false;
  }
}

/** @returns false if the server's answers made no session. */
async function connects(driver: Driver, note: (what: string) => void): Promise<boolean> {
  try {
    await driver.connect(NEVER);
    return true;
  } catch (error) {
    if (!(error instanceof StationError)) note(shown(error));
    await driver.close();
    return false;
  }
}

async function untilLost(
  driver: Driver,
  server: ScriptedOpcua,
  isEnough: () => boolean,
  look: (samples: readonly Sample[]) => void,
  note: (what: string) => void,
): Promise<void> {
  const plan = driver.plan(TAGS);
  try {
    if (driver.kind === "polling")
      for (let silent = 0; silent < SILENT_READS && !isEnough(); ) {
        const samples = await readSamples(driver, plan, NEVER);
        look(samples);
        silent = samples.every(({ statusCode }) => statusCode === StatusCode.BadTimeout) ? silent + 1 : 0;
        await turn();
      }
    else {
      let heardMs = performance.now();
      const stop = new AbortController();
      const cancel = systemClock.every(STALLED_MS / 4, () => {
        if (isEnough() || performance.now() - heardMs > STALLED_MS) stop.abort();
      });
      try {
        await driver.subscribe(
          plan,
          (samples) => {
            heardMs = performance.now();
            look(samples);
          },
          stop.signal,
        );
      } finally {
        cancel();
      }
    }
  } catch (error) {
    if (error instanceof StationError && (error.code === "CONNECTION_LOST" || error.code === "READ_ABORTED")) return;
    note(shown(error));
  } finally {
    server.breakOff();
  }
}

/** Left alone: every tag with its value. */
async function isWhole(driver: Driver): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      await driver.connect(NEVER);
      const readings = await driver.readRaw!(driver.plan(TAGS), NEVER);
      const isGood = readings.every(
        ({ sample }, index) =>
          sample.statusCode === StatusCode.Good && String(sample.value) === String(VALUES[index]![1]),
      );
      if (isGood) return true;
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
    }
  }
  return false;
}

function driverOn({ address }: ScriptedOpcua, reading: "polling" | "subscription", pkiFolder: string): Driver {
  const config = z.strictObject(opcua.deviceShape).parse({
    ...address,
    security: "None",
    pkiFolder,
    timeout: `${TIMEOUT_MS}ms`,
    connectTimeout: "3s",
    reading,
  });
  const [driver] = opcua.createChannel([{ device: "hostile", config: config as never, timezone: "UTC" }], {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
  });
  return driver!;
}

function shown(error: unknown): string {
  return String(error instanceof Error ? error.stack : error).slice(0, 600);
}
