/** Modbus RTU by modbus-serial, which makes the frames of requests and checks those of replies.
 *  modbus connection ⇄ [RTU client] ⇄ modbus-serial ⇄ RTU port ⇄ serial line, or TCP socket of a serial device server */
import type { Duplex } from "node:stream";
import modbusSerial from "modbus-serial";
import { FUNCTION_CODE } from "./address.ts";
import { dataBytesOf, type OnOutcome, type ReadRequest, type ReplyOutcome, type RequestPort } from "./request-port.ts";
import { type RtuObserver, RtuPort } from "./rtu-port.ts";

// A CommonJS module whose class is its own `default`.
const ModbusRTU = modbusSerial.default;

export interface RtuClientObserver extends RtuObserver {
  readonly onOutcome: OnOutcome;
}

/** One request at a time. */
export class RtuClient implements RequestPort {
  readonly #port: RtuPort;
  readonly #client: InstanceType<typeof ModbusRTU>;
  readonly #onOutcome: OnOutcome;

  /** @param stream  open; its owner listens for "error" and "close". */
  constructor(stream: Duplex, observer: RtuClientObserver) {
    this.#port = new RtuPort(stream, observer);
    this.#onOutcome = observer.onOutcome;
    this.#client = new ModbusRTU(this.#port);
    this.#client.on("error", () => undefined);
    this.#client.open(() => undefined); // calls back at once: the port is open
  }

  send(slot: number, request: ReadRequest): void {
    const { unit, table, start, quantity } = request;
    const onReply = (error: unknown, result: { readonly buffer: Buffer } | undefined): void =>
      this.#onOutcome(slot, outcomeOf(error, result?.buffer, dataBytesOf(request)));
    const client = this.#client;
    const read = { 1: client.writeFC1, 2: client.writeFC2, 3: client.writeFC3, 4: client.writeFC4 }[
      FUNCTION_CODE[table]
    ];
    this.#port._transactionIdWrite = slot;
    read.call(client, unit, start, quantity, onReply);
  }

  forget(slot: number): void {
    this.#port.forget(slot);
  }

  heard(): string | undefined {
    return this.#port.heard();
  }
}

function outcomeOf(error: unknown, bytes: Uint8Array | undefined, expected: number): ReplyOutcome {
  const code = (error as { readonly modbusCode?: unknown } | null | undefined)?.modbusCode;
  if (typeof code === "number") return { kind: "exception", code };
  if (error !== null && error !== undefined)
    return { kind: "damaged", what: error instanceof Error ? error.message : String(error) };
  // modbus-serial trusts the byte count inside the reply; a wrong one shortens or lengthens the buffer.
  if (bytes?.length !== expected)
    return { kind: "damaged", what: `${bytes?.length ?? 0} bytes where ${expected} were asked for` };
  return { kind: "reply", bytes };
}
