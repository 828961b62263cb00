/** A serial line: RS-485 or RS-232, with every device on it.
 *  driver index → [serial line] → modbus connection */
import type { Duplex } from "node:stream";
import type { Clock } from "@nonreturn/station";
import type { ModbusRtuDeviceConfig } from "./config.ts";
import type { ModbusLine } from "./line.ts";

/** What all devices on one line must have alike. */
export type SerialSettings = Pick<ModbusRtuDeviceConfig, "serialPort" | "baudRate" | "parity" | "stopBits">;

export function serialLine(settings: SerialSettings): ModbusLine {
  return {
    name: settings.serialPort,
    framing: "rtu",
    characterMs: characterMs(settings),
    advice:
      "Check the name of the port, that the adapter is plugged in, that the station's user may open it (group dialout), and that no other program has it open.",
    dial: (clock, timeoutMs, signal) => dialSerial(settings, clock, timeoutMs, signal),
  };
}

/** "19200 baud, parity even, 1 stop bit" */
export function describeSerial(settings: SerialSettings): string {
  const stopBits = stopBitsOf(settings);
  return `${settings.baudRate} baud, parity ${settings.parity}, ${stopBits} stop bit${stopBits === 1 ? "" : "s"}`;
}

/** "Without parity a second stop bit is required, so that a character has 11 bits." Source: MODBUS over Serial Line V1.02 §2.5.1. */
function stopBitsOf({ parity, stopBits }: SerialSettings): 1 | 2 {
  return stopBits ?? (parity === "none" ? 2 : 1);
}

function characterMs(settings: SerialSettings): number {
  const bits = 1 + 8 + (settings.parity === "none" ? 0 : 1) + stopBitsOf(settings);
  return (bits * 1000) / settings.baudRate;
}

/** Silence before a request: 3.5 characters, and 1.75 ms above 19,200 baud. Source: the same §2.5.1.1. Timers count whole milliseconds. */
export function frameSilenceMs(settings: SerialSettings): number {
  return Math.max(2, Math.ceil(3.5 * characterMs(settings)));
}

async function dialSerial(
  settings: SerialSettings,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  if (signal.aborted) throw new Error("opening was given up");
  // Native code: where it cannot be loaded, only serial lines fail.
  const { SerialPort } = await import("serialport");
  const port = new SerialPort({
    path: settings.serialPort,
    baudRate: settings.baudRate,
    dataBits: 8, // Source: the same §2.5.1: RTU needs all eight
    parity: settings.parity,
    stopBits: stopBitsOf(settings),
    lock: true,
    autoOpen: false,
  });
  // serialport leaves the port open, and locked, when its stream is destroyed.
  port._destroy = (error, done) => {
    if (port.isOpen) port.close(() => done(error));
    else done(error);
  };
  // A port that fails is of no use: "error" alone would leave it open.
  port.on("error", () => port.destroy());
  await new Promise<void>((resolve, reject) => {
    let waiting = true;
    const settle = (finish: () => void): void => {
      if (!waiting) return;
      waiting = false;
      cancelTimeout();
      signal.removeEventListener("abort", onAbort);
      finish();
    };
    const fail = (reason: string): void => settle(() => reject(new Error(reason)));
    const onAbort = (): void => fail("opening was given up");
    const cancelTimeout = clock.after(timeoutMs, () => fail(`the port did not open within ${timeoutMs} ms`));
    signal.addEventListener("abort", onAbort, { once: true });
    port.open((error) => {
      if (!waiting) port.destroy();
      else if (error) fail(error.message);
      else settle(resolve);
    });
  });
  return port;
}
