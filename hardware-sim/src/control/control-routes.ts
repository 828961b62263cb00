/** What can be asked of a running plant or diode, and what can be done to it.
 *  HTTP → [control routes] → plant, diode */
import { type ControlRoutes, durationBetween, parseConfig } from "@nonreturn/station";
import { z } from "zod";
import type { Diode } from "../diode/start-diode.ts";
import type { Plant } from "../plant/start-plant.ts";
import { impairmentsSection } from "../scenario/diode-section.ts";
import { faultRequest } from "../scenario/fault-section.ts";

const blackoutRequest = z.strictObject({
  for: durationBetween("0ms", "30d").meta({ description: "from now on; 0ms ends it" }),
});

/** GET /statistics · POST /fault {device, fault: {kind, …} | "none", for?} */
export function plantRoutes(plant: Plant): ControlRoutes {
  return {
    "GET /statistics": () => plant.statistics(),
    "POST /fault": async ({ body }) => {
      const { device, fault, for: forMs } = read("POST /fault", faultRequest, body);
      if (fault === "none") await plant.endFaults(device);
      else await plant.beginFault(device, fault, forMs);
      return plant.statistics().devices.find((each) => each.device === device);
    },
  };
}

/** GET /statistics · POST /blackout {for} · POST /impairments {loss?, burst?, …}: the same as in a scenario, replacing all of them */
export function diodeRoutes(diode: Diode): ControlRoutes {
  return {
    "GET /statistics": () => diode.statistics(),
    "POST /blackout": ({ body }) => {
      diode.blackout(read("POST /blackout", blackoutRequest, body).for);
      return diode.statistics();
    },
    "POST /impairments": ({ body }) => {
      diode.impair(read("POST /impairments", impairmentsSection, body));
      return diode.statistics();
    },
  };
}

/** JSON is YAML: mistakes in a body are explained as those in a scenario are. @throws {StationError} CONFIG_INVALID, answered with 400. */
function read<S extends z.ZodType>(route: string, schema: S, body: unknown): z.output<S> {
  return parseConfig(JSON.stringify(body ?? {}), route, schema);
}
