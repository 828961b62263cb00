/** An HTTP server whose documents show signals: GET and POST are answered alike, everything else is refused as a write.
 *  JSON shapes → [REST device] → TCP front → reader */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type HeldValue, holdAs } from "../held-value.ts";
import { JsonShape } from "../json-shape.ts";
import { listenOnLoopback } from "../listen-on-loopback.ts";
import { cycleStartMs, type DeviceSurroundings, type SimulatedDevice } from "../simulated-device.ts";
import type { RestFault } from "./rest-fault.ts";
import type { RestSettings, RestVariableSettings } from "./rest-section.ts";

const LONGEST_TEXT = 4096;

interface Resource {
  readonly shape: JsonShape;
  readonly sources: Source[];
  readonly timePlace: number | undefined;
}

interface Source {
  readonly place: number;
  readonly variable: RestVariableSettings;
  valuesAt(timeMs: number): readonly HeldValue[];
}

export async function startRestDevice(
  settings: RestSettings,
  surroundings: DeviceSurroundings,
): Promise<SimulatedDevice<RestFault>> {
  const { clock, originMs, truth } = surroundings;
  const originMicros = clock.nowUtcMicros() - (clock.monotonicMs() - originMs) * 1000;
  const resources = new Map<string, Resource>();
  for (const variable of settings.variables) place(variable);
  const exceptions: Record<string, number> = {};
  let faults: readonly RestFault[] = [];
  let requests = 0;
  let valuesServed = 0;
  let writesRefused = 0;

  function place(variable: RestVariableSettings): void {
    const { path, pointer, type, count, signal, scale } = variable;
    let resource = resources.get(path);
    if (resource === undefined) {
      const shape = new JsonShape();
      const timePlace = settings.timestamp === undefined ? undefined : shape.place(settings.timestamp);
      resource = { shape, sources: [], timePlace };
      resources.set(path, resource);
    }
    const signals = Array.from({ length: count ?? 1 }, (_, copy) =>
      surroundings.signalOf(signal, type, `${settings.name}/${path}#${pointer}[${copy}]`, copy),
    );
    resource.sources.push({
      place: resource.shape.place(pointer)!, // checked with the scenario
      variable,
      valuesAt: (timeMs) => signals.map((each) => holdAs(type, LONGEST_TEXT, each.at(timeMs), scale)),
    });
  }

  function write({ shape, sources, timePlace }: Resource): string {
    const timeMs = cycleStartMs(surroundings, settings.cycle);
    const values: (HeldValue | readonly HeldValue[])[] = [];
    if (timePlace !== undefined)
      values[timePlace] = new Date(Math.floor((originMicros + timeMs * 1000) / 1000)).toISOString();
    const time = clock.nowUtcMicros();
    for (const { place: at, variable, valuesAt } of sources) {
      const held = valuesAt(timeMs);
      const { path, pointer, type, count, name } = variable;
      values[at] = count === undefined ? held[0]! : held;
      valuesServed += held.length;
      truth.count(held.length);
      if (!truth.wanted) continue;
      held.forEach((value, index) => {
        const register = `${path}#${pointer}${count === undefined ? "" : `/${index}`}`;
        truth.record({ device: settings.name, time, register, name: name ?? register, type, value });
      });
    }
    return shape.write(values);
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume(); // the body of a POST says nothing to this device
    const path = (request.url ?? "/").split("?", 1)[0]!;
    const refuse = (status: number): void => {
      exceptions[status] = (exceptions[status] ?? 0) + 1;
      response.writeHead(status, { "Content-Length": 0 }).end();
    };
    if (request.method !== "GET" && request.method !== "POST") {
      writesRefused++;
      refuse(405);
      return;
    }
    requests++;
    const fault = faults.find(({ paths }) => paths === undefined || path.startsWith(paths));
    const resource = resources.get(path);
    if (fault !== undefined || resource === undefined || !isKnown(request.headers.authorization)) {
      refuse(fault?.status ?? (isKnown(request.headers.authorization) ? 404 : 401));
      return;
    }
    const body = Buffer.from(write(resource));
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length }).end(body);
  }

  function isKnown(authorization: string | undefined): boolean {
    const { username, password, token } = settings;
    if (username === undefined && token === undefined) return true;
    if (token !== undefined && authorization === `Bearer ${token}`) return true;
    const account = Buffer.from(`${username}:${password}`).toString("base64");
    return username !== undefined && authorization === `Basic ${account}`;
  }

  const server = createServer(answer);
  server.on("clientError", (_error, socket) => socket.destroy());
  const inner = await listenOnLoopback(server, settings.name);

  return {
    inner,
    setFaults(next) {
      faults = next;
    },
    statistics: () => ({ requests, valuesServed, exceptions: { ...exceptions }, writesRefused, leftUnanswered: 0 }),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
