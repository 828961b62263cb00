/** S7 communication on ISO-on-TCP, for the list of protocols.
 *  device section → [index] → check plant, startPlant */
import type { Protocol } from "../simulated-device.ts";
import { findS7Mistakes } from "./find-mistakes.ts";
import { startS7Device } from "./s7-device.ts";
import { type S7Fault, s7Faults } from "./s7-fault.ts";
import type { S7Settings } from "./s7-section.ts";

export const s7: Protocol<S7Settings, S7Fault> = {
  name: "s7",
  faultKinds: s7Faults.map(({ shape }) => shape.kind.value),
  findMistakes: findS7Mistakes,
  start: startS7Device,
};
