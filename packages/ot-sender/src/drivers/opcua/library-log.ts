/** What node-opcua would print goes to the station's log instead: servers cause much of it.
 *  node-opcua → [library log] → log */
import { type Clock, type Log, libraryLog } from "@nonreturn/station";
import { setDebugLogger, setErrorLogger, setWarningLogger } from "node-opcua";

/** The library has one logger per thread. */
export function takeLibraryLog(log: Log, clock: Clock): void {
  const write = libraryLog(log, clock, "OPCUA_LIBRARY", "the OPC UA library reports");
  setErrorLogger(write);
  setWarningLogger(write);
  setDebugLogger(() => undefined);
  // Past its own loggers the library writes to the console with every value whose status it does not know: vendors have some, and 10,000 tags do it every scan.
  console.warn = write;
}
