/** A controller in the same process whose replies are damaged at random, without sockets and without waiting.
 *  message router → [hostile controller] → EtherNet/IP driver under test */
import { type Clock, createLog, systemClock } from "@nonreturn/station";
import { z } from "zod";
import { buildController } from "../../hardware-sim/src/plant/ethernet-ip/build-controller.ts";
import { echoSource } from "../../hardware-sim/src/plant/ethernet-ip/echo-source.ts";
import { route } from "../../hardware-sim/src/plant/ethernet-ip/message-router.ts";
import type { ByteStream } from "../../packages/ot-sender/src/drivers/ethernet-ip/byte-stream.ts";
import { CipConnection } from "../../packages/ot-sender/src/drivers/ethernet-ip/cip-connection.ts";
import type { EthernetIpDeviceConfig } from "../../packages/ot-sender/src/drivers/ethernet-ip/config.ts";
import { EthernetIpDriver } from "../../packages/ot-sender/src/drivers/ethernet-ip/ethernet-ip-driver.ts";
import { ethernetIp } from "../../packages/ot-sender/src/drivers/ethernet-ip/index.ts";
import { MOTOR, writtenTag } from "./simulated-controller.ts";

export type Random = () => number;

/** What came of replies so far. */
export interface HostileFigures {
  replies: number;
  mutated: number;
  connects: number;
}

/** @returns a driver, and counts. Time-outs end with the next turn of the event loop. */
export function hostileDriver(random: Random, share: number): { driver: EthernetIpDriver; figures: HostileFigures } {
  const figures: HostileFigures = { replies: 0, mutated: 0, connects: 0 };
  const config = z
    .strictObject(ethernetIp.deviceShape)
    .parse({ host: "hostile", badAddressRetry: "1s" }) as EthernetIpDeviceConfig;
  const clock: Clock = {
    ...systemClock,
    after(_, callback) {
      const turn = setImmediate(callback);
      return () => clearImmediate(turn);
    },
  };
  const settings = {
    address: { host: "hostile", port: 44818 },
    route: Uint8Array.of(1, 0),
    connection: "auto",
  } as const;
  const connection = new CipConnection(settings, clock, createLog({ name: "test", level: "silent" }), async () => {
    figures.connects++;
    return new HostileStream(random, share, figures);
  });
  return { driver: new EthernetIpDriver(config, connection, clock), figures };
}

const { controller } = buildController(
  "logix",
  [MOTOR],
  [
    writtenTag("Temperature", "REAL"),
    writtenTag("Echo", "DINT", { dimensions: [5000] }),
    writtenTag("Total", "LINT", { dimensions: [10] }),
    writtenTag("Flags", "BOOL", { dimensions: [96] }),
    writtenTag("Names", "STRING", { dimensions: [8] }),
    writtenTag("Motor", "Motor", { program: "Main", dimensions: [4] }),
  ],
  (_tag, element, leaf, order, name) => echoSource(name, element, leaf, order),
);

class HostileStream implements ByteStream {
  readonly #random: Random;
  readonly #share: number;
  readonly #figures: HostileFigures;
  #onData: (chunk: Buffer) => void = () => undefined;
  #onClose: (() => void)[] = [];
  #ended = false;
  /** Of the connection that was opened last. */
  #bytes = 498;
  #replyId = 0;

  constructor(random: Random, share: number, figures: HostileFigures) {
    this.#random = random;
    this.#share = share;
    this.#figures = figures;
  }

  on(event: "data" | "close" | "error", listener: (given: never) => void): void {
    if (event === "data") this.#onData = listener as (chunk: Buffer) => void;
    if (event === "close") this.#onClose.push(listener as () => void);
  }

  destroy(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const listener of this.#onClose) listener();
  }

  destroySoon(): void {
    this.destroy();
  }

  write(bytes: Uint8Array): void {
    const request = Buffer.from(bytes);
    const reply = this.#answer(request);
    if (reply === undefined) return;
    this.#figures.replies++;
    const chunks = this.#random() < this.#share ? this.#mutate(reply) : [reply];
    queueMicrotask(() => {
      for (const chunk of chunks) if (!this.#ended) this.#onData(chunk);
    });
  }

  #answer(request: Buffer): Buffer | undefined {
    const header = Buffer.from(request.subarray(0, 24));
    const command = header.readUInt16LE(0);
    if (command === 0x65) {
      header.writeUInt32LE(0x77, 4);
      return frame(header, request.subarray(24));
    }
    if (command === 0x6f) {
      const message = request.subarray(40);
      const service = message[0]!;
      if (service === 0x52)
        return frame(header, carried([0, 0, 0, 0], [0xb2, 0], this.#route(message.subarray(10), 480)));
      if (service !== 0x5b && service !== 0x54) return undefined;
      this.#bytes = service === 0x5b ? 3998 : 498;
      this.#replyId = message.readUInt32LE(12);
      const opened = Buffer.alloc(30);
      opened[0] = service | 0x80;
      opened.writeUInt32LE(0x99, 4);
      message.copy(opened, 8, 12, 16);
      return frame(header, carried([0, 0, 0, 0], [0xb2, 0], opened));
    }
    if (command !== 0x70) return undefined;
    const reply = this.#route(request.subarray(46), this.#bytes);
    const address = Buffer.alloc(8);
    address.writeUInt16LE(0xa1, 0);
    address.writeUInt16LE(4, 2);
    address.writeUInt32LE(this.#replyId, 4);
    return frame(header, carried([...address], [0xb1, 0], Buffer.concat([request.subarray(44, 46), reply])));
  }

  #route(message: Buffer, room: number): Buffer {
    return route(controller, message, room, {
      timeMs: 0,
      describe: false,
      shown: [],
      shownCount: 0,
      writesRefused: 0,
      refusals: [],
      faultOf: () => undefined,
    });
  }

  #mutate(reply: Buffer): Buffer[] {
    this.#figures.mutated++;
    const pick = (below: number) => Math.floor(this.#random() * below);
    const bytes = Buffer.from(reply);
    switch (pick(9)) {
      case 0: // a few bits
        for (let count = 1 + pick(4); count > 0; count--) bytes[pick(bytes.length)]! ^= 1 << pick(8);
        return [bytes];
      case 1: // a byte of the CIP message, where most decoding is done
        bytes[Math.min(bytes.length - 1, 40 + pick(20))] = pick(256);
        return [bytes];
      case 2: // broken off
        return [bytes.subarray(0, pick(bytes.length))];
      case 3: // shortened, with a header that agrees
        return [relength(bytes.subarray(0, 24 + pick(bytes.length - 23)))];
      case 4: // lengthened, with a header that agrees
        return [relength(Buffer.concat([bytes, Buffer.from(Array.from({ length: pick(200) }, () => pick(256)))]))];
      case 5: // any length field, as large or small as it gets
        bytes.writeUInt16LE(
          [0, 1, 0x7fff, 0x8000, 0xffff][pick(5)]!,
          Math.min(bytes.length - 2, [2, 30, 34, 38, 42, 46, 48, 50][pick(8)]!),
        );
        return [bytes];
      case 6: // noise
        return [Buffer.from(Array.from({ length: pick(300) }, () => pick(256)))];
      case 7: // in pieces, one of them missing
        return [bytes.subarray(0, 10), bytes.subarray(12)];
      default: // twice
        return [Buffer.concat([bytes, bytes])];
    }
  }
}

function relength(bytes: Buffer): Buffer {
  const own = Buffer.from(bytes);
  own.writeUInt16LE(own.length - 24, 2);
  return own;
}

function frame(header: Buffer, data: Uint8Array): Buffer {
  header.writeUInt16LE(data.length, 2);
  return Buffer.concat([header, data]);
}

function carried(address: readonly number[], type: readonly number[], message: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(2, 6);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(message.length);
  return Buffer.concat([head, Buffer.from(address), Buffer.from(type), length, message]);
}
