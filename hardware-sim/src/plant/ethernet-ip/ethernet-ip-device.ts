/** A Logix or Micro800 controller on EtherNet/IP: answers reads, lists its tags, refuses writes, and misbehaves where it is told to.
 *  tag images → [EtherNet/IP device] → TCP front → reader */
import { noFreePort } from "../listen-on-loopback.ts";
import { cycleStartMs, type DeviceSurroundings, type SimulatedDevice } from "../simulated-device.ts";
import { buildController } from "./build-controller.ts";
import { type CipServer, type Response, startCipServer } from "./cip-server.ts";
import type { EthernetIpFault } from "./ethernet-ip-fault.ts";
import type { EthernetIpSettings } from "./ethernet-ip-section.ts";
import { route, type Turn } from "./message-router.ts";
import { writePath } from "./request-path.ts";
import { sourcesOf } from "./tag-sources.ts";

/** Connections granted, by what the scenario says. */
const GRANTED = {
  large: { largeBytes: 4002, smallBytes: 504 },
  small: { largeBytes: 0, smallBytes: 504 },
  none: { largeBytes: 0, smallBytes: 0 },
} as const;

export async function startEthernetIpDevice(
  settings: EthernetIpSettings,
  surroundings: DeviceSurroundings,
): Promise<SimulatedDevice<EthernetIpFault>> {
  const { clock, truth } = surroundings;
  const { family, slot, types, tags } = settings;
  const { controller } = buildController(family, types, tags, sourcesOf(settings, surroundings));
  const exceptions: Record<string, number> = {};
  let faults: readonly EthernetIpFault[] = [];
  let requests = 0;
  let valuesServed = 0;
  let writesRefused = 0;
  let leftUnanswered = 0;

  function respond(message: Buffer, room: number): Response {
    requests++;
    if (faults.some(({ kind }) => kind === "cip-silent")) {
      leftUnanswered++;
      return { reply: undefined, delayMs: 0 };
    }
    const turn: Turn = {
      timeMs: cycleStartMs(surroundings, settings.cycle),
      describe: truth.wanted,
      shown: [],
      shownCount: 0,
      writesRefused: 0,
      refusals: [],
      faultOf: (path) => statusFault(faults, writePath(path)),
    };
    const reply = route(controller, message, room, turn);
    count(turn);
    const slowMs = faults.reduce((sum, fault) => sum + (fault.kind === "cip-slow" ? fault.delay : 0), 0);
    return { reply, delayMs: settings.responseTime + slowMs };
  }

  function count({ shown, shownCount, refusals, writesRefused: writes }: Turn): void {
    if (writes > 0) requests--;
    writesRefused += writes;
    for (const status of refusals) exceptions[status] = (exceptions[status] ?? 0) + 1;
    valuesServed += shownCount;
    truth.count(shownCount);
    const time = clock.nowUtcMicros();
    for (const { name, type, value } of shown)
      truth.record({ device: settings.name, time, register: name, name, type, value });
  }

  const granted = GRANTED[settings.connection];
  const server = await startCipServer(
    controller,
    {
      host: "127.0.0.1",
      port: 0,
      slot: family === "micro800" ? undefined : slot,
      // Micro800 knows no Large Forward Open.
      largeBytes: family === "micro800" ? 0 : granted.largeBytes,
      smallBytes: granted.smallBytes,
      after: (delayMs, run) => clock.after(delayMs, run),
    },
    respond,
  ).catch((cause: unknown): CipServer => {
    throw noFreePort(settings.name, cause);
  });

  return {
    inner: server.address,
    setFaults(next) {
      faults = next;
    },
    statistics: () => ({ requests, valuesServed, exceptions: { ...exceptions }, writesRefused, leftUnanswered }),
    close: server.close,
  };
}

function statusFault(
  faults: readonly EthernetIpFault[],
  tag: string,
): { readonly status: number; readonly extended?: number | undefined } | undefined {
  const wanted = tag.toLowerCase();
  return faults.find(
    (fault): fault is Extract<EthernetIpFault, { kind: "cip-status" }> =>
      fault.kind === "cip-status" && (fault.tags === undefined || wanted.startsWith(fault.tags.toLowerCase())),
  );
}
