/** What a device suffers at the moment: from the scenario's timeline and from whoever asks at run time.
 *  timeline, POST /fault → [fault board] → TCP front, simulated device */
import type { Cancel, Clock } from "@nonreturn/station";
import {
  type Fault,
  type FaultEvent,
  type FrontFault,
  isFrontFault,
  type ServerFault,
} from "../scenario/fault-section.ts";

/** Where faults take effect. Of several faults of the connection the one that began last does. */
export interface FaultTarget {
  setFrontFault(fault: FrontFault | undefined): Promise<void>;
  setServerFaults(faults: readonly ServerFault[]): void;
}

export interface FaultBoard {
  /** Resolves once it is in effect. The result ends it early; otherwise it ends by itself after `forMs`, if given. */
  begin(fault: Fault, forMs?: number): Promise<Cancel>;
  /** End everything that is in effect now; the timeline goes on. */
  endAll(): Promise<void>;
  inEffect(): readonly Fault[];
  /** Cancel the timeline and every end that is still to come. */
  close(): void;
}

/** @param events of this device; `at` counts from now. */
export function openFaultBoard(target: FaultTarget, events: readonly FaultEvent[], clock: Clock): FaultBoard {
  interface Entry {
    readonly fault: Fault;
    cancelEnd: Cancel | undefined;
  }
  const entries: Entry[] = [];
  const timers = new Set<Cancel>();
  let closed = false;

  async function apply(): Promise<void> {
    const faults = entries.map(({ fault }) => fault);
    target.setServerFaults(faults.filter((fault) => !isFrontFault(fault)));
    await target.setFrontFault(faults.findLast(isFrontFault));
  }

  function at(delayMs: number, run: () => void): Cancel {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
    return () => {
      timers.delete(cancel);
      cancel();
    };
  }

  async function end(entry: Entry): Promise<void> {
    entry.cancelEnd?.();
    const index = entries.indexOf(entry);
    if (index < 0) return;
    entries.splice(index, 1);
    await apply();
  }

  async function begin(fault: Fault, forMs?: number): Promise<Cancel> {
    if (closed) return () => {};
    const entry: Entry = { fault, cancelEnd: undefined };
    entries.push(entry);
    if (forMs !== undefined) entry.cancelEnd = at(forMs, () => void end(entry));
    await apply();
    return () => void end(entry);
  }

  function schedule(event: FaultEvent, delayMs: number): void {
    at(delayMs, () => {
      void begin(event.fault, event.for);
      if (event.every !== undefined) schedule(event, event.every);
    });
  }

  for (const event of events) schedule(event, event.at);

  return {
    begin,
    async endAll() {
      for (const entry of entries.splice(0)) entry.cancelEnd?.();
      await apply();
    },
    inEffect: () => entries.map(({ fault }) => fault),
    close() {
      closed = true;
      for (const cancel of [...timers]) cancel();
      timers.clear();
    },
  };
}
