/** The journal contract, kept by the model that simulations use. */
import { MemoryDisk, MemoryJournal } from "../../support/memory-journal.ts";
import { seededBytes, testKeys } from "../../support/station-keys.ts";
import { journalContract } from "./journal-contract.ts";

journalContract("memory", () => {
  const disk = new MemoryDisk();
  const random = seededBytes(7);
  return {
    open: (options, clock) => new MemoryJournal(disk, { stream: 1, ...options }, testKeys().keys, clock, random),
    fillDisk: () => {
      disk.state = "full";
    },
    freeDisk: () => {
      disk.state = "working";
    },
  };
});
