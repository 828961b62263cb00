/** What node-opcua would print goes to the station's log instead, bounded in length and rate: much of it is caused by clients.
 *  node-opcua → [library log] → log */
import { format } from "node:util";
import { type Clock, type Log, rateLimited } from "@nonreturn/station/thread";
import { setDebugLogger, setErrorLogger, setWarningLogger } from "node-opcua";

const MAXIMUM_CHARACTERS = 1000;
const PER_MINUTE = 10;

/** The library has one logger per thread. */
export function takeLibraryLog(log: Log, clock: Clock): void {
  const limited = rateLimited(log, clock, PER_MINUTE);
  const write = (...parts: unknown[]): void =>
    limited.warn("OPCUA_LIBRARY", "the OPC UA library reports", {
      text: format(...parts).slice(0, MAXIMUM_CHARACTERS),
    });
  setErrorLogger(write);
  setWarningLogger(write);
  setDebugLogger(() => undefined);
}
