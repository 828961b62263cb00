/** A Modbus TCP server in front of register images: answers FC 1 to 4, refuses writes, and misbehaves where its units are told to.
 *  register image → [Modbus device] → TCP front → reader */
import type { AddressInfo, Server, Socket } from "node:net";
import ModbusRTU from "modbus-serial";
import type { ServedPart } from "../held-value.ts";
import { noFreePort } from "../listen-on-loopback.ts";
import { cycleStartMs, type DeviceSurroundings, type SimulatedDevice } from "../simulated-device.ts";
import { MODBUS_EXCEPTIONS, type ModbusFault } from "./modbus-fault.ts";
import type { ModbusSettings } from "./modbus-section.ts";
import { overlaps, type Table } from "./register-address.ts";
import { type ImageRead, type ImageRefusal, RegisterImage } from "./register-image.ts";
import { startRtuBus } from "./rtu-bus.ts";

/** What modbus-serial turns into an exception reply. */
class ModbusException extends Error {
  readonly modbusErrorCode: number;
  constructor(code: number) {
    super(`Modbus exception ${code}`);
    this.modbusErrorCode = code;
  }
}

type Reply<Value> = (error: Error | null, value: Value) => void;

/** One request: modbus-serial asks bit by bit, yet all bits of a reply belong to one instant, and one bad bit spoils the reply. */
interface Turn {
  readonly timeMs: number;
  readonly utcMicros: number;
  readonly unit: number;
  readonly served: ServedPart[];
  servedCount: number;
  outcome: "answered" | "refused" | "left unanswered" | "write refused";
}

/** Units that are not there are answered with exception 11 (gateway target failed to respond), as gateways do; on an RTU bus nobody answers. */
export async function startModbusDevice(
  settings: ModbusSettings,
  surroundings: DeviceSurroundings,
): Promise<SimulatedDevice<ModbusFault>> {
  const { clock, truth } = surroundings;
  const images = new Map(settings.units.map((unit) => [unit.unit, new RegisterImage(settings, unit, surroundings)]));
  const responseTimes = new Map(settings.units.map((unit) => [unit.unit, unit.responseTime]));
  const exceptions: Record<string, number> = {};
  const waiting = new Set<() => void>();
  let faults: readonly ModbusFault[] = [];
  let requests = 0;
  let valuesServed = 0;
  let writesRefused = 0;
  let leftUnanswered = 0;
  let turn: Turn | undefined;

  function thisTurn(unit: number): Turn {
    if (turn !== undefined) return turn;
    const begun: Turn = {
      timeMs: cycleStartMs(surroundings, settings.cycle),
      utcMicros: clock.nowUtcMicros(),
      unit,
      served: [],
      servedCount: 0,
      outcome: "answered",
    };
    // modbus-serial handles one request per timer callback, synchronously: the turn ends with it.
    queueMicrotask(() => {
      turn = undefined;
      count(begun);
    });
    turn = begun;
    return begun;
  }

  function count({ outcome, served, servedCount, unit, utcMicros }: Turn): void {
    if (outcome === "write refused") writesRefused++;
    else requests++;
    if (outcome === "left unanswered") leftUnanswered++;
    if (outcome !== "answered") return;
    valuesServed += servedCount;
    truth.count(servedCount);
    for (const value of served) truth.record({ device: settings.name, unit, time: utcMicros, ...value });
  }

  function refuse(code: number, now: Turn, outcome: "refused" | "write refused" = "refused"): ModbusException {
    if (now.outcome === "answered") {
      exceptions[code] = (exceptions[code] ?? 0) + 1;
      now.outcome = outcome;
    }
    return new ModbusException(code);
  }

  /** Answer now, later, or never. */
  function answer(table: Table, first: number, length: number, unit: number, reply: Reply<readonly number[]>): void {
    const now = thisTurn(unit);
    const fault = faults.find((candidate) => concerns(candidate, unit, table, first, first + length - 1));
    if (fault?.kind === "unit-silent") {
      now.outcome = "left unanswered";
      return;
    }
    const delayMs = (responseTimes.get(unit) ?? 0) + (fault === undefined ? 0 : fault.delay);
    const result =
      fault?.kind === "exception"
        ? { exception: MODBUS_EXCEPTIONS[fault.exception] }
        : readImage(unit, table, first, length, now);
    if ("exception" in result) {
      const refusal = refuse(result.exception, now);
      later(delayMs, () => reply(refusal, []));
      return;
    }
    now.servedCount += result.valueCount;
    now.served.push(...result.values);
    later(delayMs, () => reply(null, result.registers));
  }

  function readImage(unit: number, table: Table, first: number, length: number, now: Turn): ImageRead | ImageRefusal {
    const image = images.get(unit);
    if (image === undefined) return { exception: MODBUS_EXCEPTIONS["gateway-target"] };
    return image.read(table, first, length, now.timeMs, truth.wanted);
  }

  function later(delayMs: number, run: () => void): void {
    if (delayMs === 0) {
      run();
      return;
    }
    const cancel = clock.after(delayMs, () => {
      waiting.delete(cancel);
      run();
    });
    waiting.add(cancel);
  }

  function refuseWrite(unit: number): never {
    throw refuse(MODBUS_EXCEPTIONS["illegal-function"], thisTurn(unit), "write refused");
  }

  // The number of parameters decides how modbus-serial calls these: with one more than the arguments, it passes a callback.
  const many = (table: Table) => (address: number, count: number, unit: number, reply: Reply<number[]>) =>
    answer(table, address, count, unit, (error, registers) => reply(error, [...registers]));
  const one = (table: Table) => (address: number, unit: number, reply: Reply<number>) =>
    answer(table, address, 1, unit, (error, registers) => reply(error, registers[0] ?? 0));
  const bit = (table: Table) => (address: number, unit: number, reply: Reply<boolean>) =>
    answer(table, address, 1, unit, (error, bits) => reply(error, bits[0] === 1));
  const server = new ModbusRTU.ServerTCP(
    {
      getCoil: bit("co"),
      getDiscreteInput: bit("di"),
      getHoldingRegister: one("hr"),
      getMultipleHoldingRegisters: many("hr"),
      getInputRegister: one("ir"),
      getMultipleInputRegisters: many("ir"),
      // Without these modbus-serial would leave a write unanswered instead of refusing it.
      setCoil: (_address: number, _value: boolean, unit: number): void => refuseWrite(unit),
      setRegister: (_address: number, _value: number, unit: number): void => refuseWrite(unit),
      setRegisterArray: (_address: number, _values: number[], unit: number): void => refuseWrite(unit),
    },
    // `options.port || 502`: only the text "0" asks it for a free port.
    { host: "127.0.0.1", port: "0" as unknown as number },
  );
  server.on("socketError", () => {}); // the reader went away; the front counts it
  await new Promise<void>((listening, failed) => {
    server.on("initialized", () => listening());
    server.on("serverError", (cause) => failed(noFreePort(settings.name, cause ?? undefined)));
  });
  // Not in its type declarations: the port taken, and sockets whose small replies must not wait for a full segment.
  const listener = (server as unknown as { readonly _server: Server })._server;
  listener.on("connection", (socket: Socket) => socket.setNoDelay());

  const inner = { host: "127.0.0.1", port: (listener.address() as AddressInfo).port };
  const bus = settings.framing === "rtu" ? await startRtuBus(inner, clock) : undefined;

  return {
    inner: bus?.address ?? inner,
    setFaults(next) {
      faults = next;
    },
    statistics: () => ({ requests, valuesServed, exceptions: { ...exceptions }, writesRefused, leftUnanswered }),
    async close() {
      for (const cancel of waiting) cancel();
      await bus?.close();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

function concerns(fault: ModbusFault, unit: number, table: Table, first: number, last: number): boolean {
  if (fault.unit !== undefined && fault.unit !== unit) return false;
  return fault.kind !== "exception" || fault.registers === undefined || overlaps(fault.registers, table, first, last);
}
