/** What carries Modbus to a device: a TCP connection, or a serial line.
 *  driver index → [line] → modbus connection */
import type { Duplex } from "node:stream";
import type { Clock } from "@nonreturn/station";

export interface ModbusLine {
  /** As the operator knows it: "192.0.2.10:502", "/dev/ttyS0". */
  readonly name: string;
  /** mbap: Modbus TCP, with transaction ids. rtu: bytes and a checksum, one request at a time. */
  readonly framing: "mbap" | "rtu";
  /** How long one byte takes; 0 where it does not count. */
  readonly characterMs: number;
  /** What to do if it cannot be opened. */
  readonly advice: string;
  /**
   * Open it. The stream's "error" is listened to.
   *
   * @throws {Error} whose message says why not. Nothing is left open then.
   */
  dial(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<Duplex>;
}
