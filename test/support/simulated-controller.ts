/** A simulated Logix or Micro800 controller whose values tell where they come from, without a scenario.
 *  hardware-sim's CIP server → [simulated controller] → driver under test */
import { systemClock } from "@nonreturn/station";
import {
  buildController,
  type WrittenTag,
  type WrittenType,
} from "../../hardware-sim/src/plant/ethernet-ip/build-controller.ts";
import { type CipServer, startCipServer } from "../../hardware-sim/src/plant/ethernet-ip/cip-server.ts";
import { echoSource } from "../../hardware-sim/src/plant/ethernet-ip/echo-source.ts";
import { route, type Turn } from "../../hardware-sim/src/plant/ethernet-ip/message-router.ts";

export interface SimulatedController extends CipServer {
  /** Requests that reached the controller, as their service code; those in a Multiple Service Packet are not counted apart. */
  readonly services: number[];
  /** Writes that somebody tried. */
  writesRefused(): number;
}

export interface SimulatedControllerOptions {
  readonly family?: "logix" | "micro800";
  readonly largeBytes?: number;
  readonly smallBytes?: number;
  readonly slot?: number;
  readonly tags?: readonly WrittenTag[];
}

export function writtenTag(name: string, type: string, more: Partial<WrittenTag> = {}): WrittenTag {
  return { name, type, dimensions: [], access: "read-write", ...more };
}

export const MOTOR: WrittenType = {
  name: "Motor",
  members: [
    { name: "Speed", type: "REAL" }, // 0
    { name: "Running", type: "BOOL" }, // 1
    { name: "Fault", type: "BOOL" }, // 2
    { name: "Counts", type: "DINT", length: 4 }, // 3 … 6
    { name: "Total", type: "LINT" }, // 7
    { name: "Name", type: "STRING" }, // 8
    { name: "Alarms", type: "BOOL", length: 32 }, // 9 … 40
  ],
};

const LOGIX_TAGS: readonly WrittenTag[] = [
  writtenTag("Temperature", "REAL"),
  writtenTag("Level", "LREAL"),
  writtenTag("Small", "SINT", { dimensions: [200] }),
  writtenTag("Word", "INT", { dimensions: [200] }),
  writtenTag("Echo", "DINT", { dimensions: [5000] }),
  writtenTag("Total", "LINT", { dimensions: [10] }),
  writtenTag("Flag", "BOOL"),
  writtenTag("Flags", "BOOL", { dimensions: [96] }),
  writtenTag("Grid", "INT", { dimensions: [2, 3, 4] }),
  writtenTag("Names", "STRING", { dimensions: [8] }),
  writtenTag("Motor", "Motor", { program: "Main", dimensions: [4] }),
  writtenTag("Speed", "DINT", { program: "Main" }),
  writtenTag("Hidden", "DINT", { access: "none" }),
];

const MICRO800_TAGS: readonly WrittenTag[] = [
  writtenTag("Temperature", "REAL"),
  writtenTag("Echo", "DINT", { dimensions: [200] }),
  writtenTag("Flags", "BOOL", { dimensions: [40] }),
  writtenTag("Count", "ULINT"),
  writtenTag("Text", "STRING"),
];

/** On a free port of the loopback. Micro800: no Large Forward Open, no Multiple Service Packet, no route. */
export async function startSimulatedController(options: SimulatedControllerOptions = {}): Promise<SimulatedController> {
  const family = options.family ?? "logix";
  const tags = options.tags ?? (family === "logix" ? LOGIX_TAGS : MICRO800_TAGS);
  const types = family === "logix" ? [MOTOR] : [];
  const { controller, mistakes } = buildController(family, types, tags, (_tag, element, leaf, order, name) =>
    echoSource(name, element, leaf, order),
  );
  if (mistakes.length > 0) throw new RangeError(JSON.stringify(mistakes));
  const services: number[] = [];
  let writes = 0;
  const server = await startCipServer(
    controller,
    {
      host: "127.0.0.1",
      port: 0,
      slot: family === "logix" ? (options.slot ?? 0) : undefined,
      largeBytes: options.largeBytes ?? (family === "logix" ? 4002 : 0),
      smallBytes: options.smallBytes ?? 504,
      after: (delayMs, run) => systemClock.after(delayMs, run),
    },
    (message, room) => {
      services.push(message[0] ?? 0);
      const turn: Turn = {
        timeMs: 0,
        describe: false,
        shown: [],
        shownCount: 0,
        writesRefused: 0,
        refusals: [],
        faultOf: () => undefined,
      };
      const reply = route(controller, message, room, turn);
      writes += turn.writesRefused;
      return { reply, delayMs: 0 };
    },
  );
  return { ...server, services, writesRefused: () => writes };
}
