/** What node-opcua would print goes to the station's log instead: clients cause much of it.
 *  node-opcua → [library log] → log */
import { type Clock, type Log, libraryLog } from "@nonreturn/station/thread";
import { setDebugLogger, setErrorLogger, setWarningLogger } from "node-opcua";

/** The library has one logger per thread. */
export function takeLibraryLog(log: Log, clock: Clock): void {
  const write = libraryLog(log, clock, "OPCUA_LIBRARY", "the OPC UA library reports");
  setErrorLogger(write);
  setWarningLogger(write);
  setDebugLogger(() => undefined);
}
