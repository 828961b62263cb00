/** A device that answers HTTP requests with JSON, for the list of protocols.
 *  device section → [index] → check plant, startPlant */
import type { Protocol } from "../simulated-device.ts";
import { findRestMistakes } from "./find-mistakes.ts";
import { startRestDevice } from "./rest-device.ts";
import { type RestFault, restFaults } from "./rest-fault.ts";
import type { RestSettings } from "./rest-section.ts";

export const rest: Protocol<RestSettings, RestFault> = {
  name: "rest",
  faultKinds: restFaults.map(({ shape }) => shape.kind.value),
  findMistakes: findRestMistakes,
  start: startRestDevice,
};
