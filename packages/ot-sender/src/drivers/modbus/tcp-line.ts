/** A TCP connection to a device, a gateway or a serial device server.
 *  driver index → [TCP line] → modbus connection */
import { type HostPort, writeHostPort } from "@nonreturn/station";
import { dialTcp } from "../tcp-socket.ts";
import type { ModbusLine } from "./line.ts";

export function tcpLine(address: HostPort, framing: ModbusLine["framing"]): ModbusLine {
  return {
    name: writeHostPort(address),
    framing,
    characterMs: 0,
    advice: "Check host and port, that the device runs, and that a firewall lets this station through.",
    dial: (clock, timeoutMs, signal) => dialTcp(address, { clock, timeoutMs, signal, chunks: "lent" }),
  };
}
