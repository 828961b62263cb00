/** What a CPU answers to one S7 job: setup, Read Var; everything else is refused, writing above all.
 *  S7 device → [answer job] → CPU memory
 *
 *  Source for layouts and codes: Wireshark's packet-s7comm.c, snap7's s7_types.h. */
import type { MemoryRead, MemoryRefusal } from "./cpu-memory.ts";
import { ITEM_CODES } from "./s7-fault.ts";
import type { AreaName } from "./s7-range.ts";

/** What the answer needs from the CPU. */
export interface JobContext {
  readonly pdu: number; // bytes granted at most
  readonly jobs: number;
  /** Error class and code that every job but the setup is refused with. */
  readonly jobError: number | undefined;
  read(area: AreaName, first: number, count: number): MemoryRead | MemoryRefusal;
}

export interface JobAnswer {
  /** Undefined: a job that no CPU would answer. */
  readonly pdu: Uint8Array | undefined;
  readonly kind: "setup" | "read" | "write" | "other";
  /** What every item of a read came to. */
  readonly items: readonly (MemoryRead | MemoryRefusal)[];
  /** Size granted by a setup. */
  readonly pduBytes?: number;
}

const AREAS: Readonly<Record<number, AreaName>> = { 128: "P", 129: "I", 130: "Q", 131: "M" };
const DB = 0x84;
/** Bytes of one element by transport size of the request: bit, byte, char, word, int, double word, double int, real. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 4, 8: 4 };
const WRITES = new Set([0x05, 0x1a, 0x1b, 0x1c, 0x28, 0x29]); // write, download, control, stop
const NOT_AVAILABLE = 0x8104;

/** @param granted  PDU size of the connection: an answer that would be longer is refused. */
export function answerJob(job: Buffer, granted: number, context: JobContext): JobAnswer {
  if (job.length < 10 || job[0] !== 0x32) return { pdu: undefined, kind: "other", items: [] };
  const reference = job.readUInt16BE(4);
  const parameters = job.subarray(10, 10 + job.readUInt16BE(6));
  if (job[1] === 7) return { pdu: refuseUserData(job, parameters), kind: "other", items: [] };
  if (job[1] !== 1 || parameters.length === 0) return { pdu: undefined, kind: "other", items: [] };
  const operation = parameters[0]!;
  if (operation === 0xf0 && parameters.length === 8) {
    const jobs = Math.min(context.jobs, parameters.readUInt16BE(2));
    const pduBytes = Math.min(context.pdu, parameters.readUInt16BE(6));
    const answer = Buffer.from([0xf0, 0, 0, jobs, 0, jobs, pduBytes >> 8, pduBytes & 0xff]);
    return { pdu: ackData(reference, answer, Buffer.alloc(0)), kind: "setup", items: [], pduBytes };
  }
  if (context.jobError !== undefined) return refused(reference, context.jobError, "read");
  if (operation === 0x04) return answerRead(reference, parameters, granted, context);
  if (operation === 0x05) {
    const count = parameters[1] ?? 0;
    const codes = Buffer.alloc(count, ITEM_CODES["access-denied"]);
    return { pdu: ackData(reference, Buffer.from([0x05, count]), codes), kind: "write", items: [] };
  }
  return refused(reference, NOT_AVAILABLE, WRITES.has(operation) ? "write" : "other");
}

function answerRead(reference: number, parameters: Buffer, granted: number, context: JobContext): JobAnswer {
  const count = parameters[1] ?? 0;
  if (count < 1 || count > 20 || parameters.length !== 2 + count * 12) return refused(reference, 0x8500, "read");
  const items: (MemoryRead | MemoryRefusal)[] = [];
  const parts: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const { result, part } = answerItem(parameters.subarray(2 + index * 12, 14 + index * 12), context);
    items.push(result);
    // Filled up to an even length, unless it is the last.
    parts.push(index < count - 1 && part.length % 2 === 1 ? Buffer.concat([part, Buffer.alloc(1)]) : part);
  }
  const data = Buffer.concat(parts);
  if (14 + data.length > granted) return refused(reference, 0x8500, "read");
  return { pdu: ackData(reference, Buffer.from([0x04, count]), data), kind: "read", items };
}

function answerItem(item: Buffer, context: JobContext): { result: MemoryRead | MemoryRefusal; part: Buffer } {
  const transport = item[3]!;
  const elements = item.readUInt16BE(4);
  const area = item[8] === DB ? (`DB${item.readUInt16BE(6)}` as const) : AREAS[item[8]!];
  const address = item.readUIntBE(9, 3);
  const width = ELEMENT_BYTES[transport];
  const result =
    item[0] !== 0x12 || item[1] !== 0x0a || item[2] !== 0x10 || width === undefined || elements === 0
      ? { code: ITEM_CODES["type-unsupported"] }
      : transport === 1 && elements !== 1
        ? { code: ITEM_CODES["type-inconsistent"] }
        : area === undefined
          ? { code: ITEM_CODES["no-such-block"] }
          : context.read(area, address >> 3, elements * width);
  if ("code" in result) return { result, part: Buffer.from([result.code, 0, 0, 0]) };
  if (transport === 1) return { result, part: Buffer.from([0xff, 3, 0, 1, (result.bytes[0]! >> (address & 7)) & 1]) };
  const bits = result.bytes.length * 8;
  const real = transport === 8;
  const length = real ? result.bytes.length : bits; // reals are counted in bytes
  return { result, part: Buffer.concat([Buffer.from([0xff, real ? 7 : 4, length >> 8, length & 0xff]), result.bytes]) };
}

function refused(reference: number, error: number, kind: JobAnswer["kind"]): JobAnswer {
  const pdu = Buffer.from([0x32, 2, 0, 0, reference >> 8, reference & 0xff, 0, 0, 0, 0, error >> 8, error & 0xff]);
  return { pdu, kind, items: [] };
}

function ackData(reference: number, parameters: Buffer, data: Buffer): Uint8Array {
  const header = Buffer.from([0x32, 3, 0, 0, reference >> 8, reference & 0xff, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(parameters.length, 6);
  header.writeUInt16BE(data.length, 8);
  return Buffer.concat([header, parameters, data]);
}

/** System state lists, clock, block functions: "not available", with the sequence number that the question had. */
function refuseUserData(job: Buffer, parameters: Buffer): Uint8Array | undefined {
  if (parameters.length < 8) return undefined;
  const group = (parameters[5]! & 0x0f) | 0x80;
  const answer = Buffer.from([0, 1, 0x12, 8, 0x12, group, parameters[6]!, parameters[7]!, 0, 0, 0xd4, 0x01]);
  const data = Buffer.from([0x0a, 0, 0, 0]);
  const header = Buffer.from(job.subarray(0, 10));
  header.writeUInt16BE(answer.length, 6);
  header.writeUInt16BE(data.length, 8);
  return Buffer.concat([header, answer, data]);
}
