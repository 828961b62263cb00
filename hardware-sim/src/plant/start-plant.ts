/** The simulated plant: every device of a scenario, listening.
 *  scenario → [signals → simulated devices → TCP fronts] → readers */
import type { Cancel, Clock, HostPort } from "@nonreturn/station";
import { StationError } from "@nonreturn/station";
import { type FaultBoard, openFaultBoard } from "../faults/fault-board.ts";
import { startTcpFront, type TcpFront, type TcpFrontStatistics } from "../faults/tcp-front.ts";
import { seededRandom } from "../random/seeded-random.ts";
import type { Fault, ServerFault } from "../scenario/fault-section.ts";
import type { DeviceSettings, PlantSettings } from "../scenario/plant-section.ts";
import { foreignFault, protocolOf } from "./protocols.ts";
import { buildSignal, RecordingShelf } from "./signals/build-signal.ts";
import type { ServerStatistics, SimulatedDevice } from "./simulated-device.ts";
import { Truth, type TruthSettings } from "./truth.ts";

export interface DeviceStatistics extends ServerStatistics, TcpFrontStatistics {
  readonly device: string;
  readonly port: number;
  /** Kinds of the faults in effect. */
  readonly faults: readonly string[];
}

export interface PlantStatistics {
  readonly requests: number;
  readonly valuesServed: number;
  readonly writesRefused: number;
  readonly devices: readonly DeviceStatistics[];
}

export interface Plant {
  /** In the scenario's order, with the ports really taken. */
  readonly listening: readonly { readonly device: string; readonly address: HostPort }[];
  readonly truth: Truth;
  /** @throws {StationError} SIM_NO_SUCH_DEVICE */
  addressOf(device: string): HostPort;
  /** Let a device suffer, in addition to the timeline. @throws {StationError} SIM_NO_SUCH_DEVICE, SIM_NO_SUCH_FAULT */
  beginFault(device: string, fault: Fault, forMs?: number): Promise<Cancel>;
  /** End everything it suffers now. @throws {StationError} SIM_NO_SUCH_DEVICE */
  endFaults(device: string): Promise<void>;
  statistics(): PlantStatistics;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface PlantOptions {
  readonly seed: number;
  readonly clock: Clock;
  /** Where relative names of recordings start. */
  readonly folder: string;
  readonly truth?: Partial<TruthSettings>;
}

interface RunningDevice {
  readonly settings: DeviceSettings;
  readonly server: SimulatedDevice<ServerFault>;
  readonly front: TcpFront;
  readonly board: FaultBoard;
}

const FLUSH_TRUTH_MS = 1000;

/**
 * Scenario time starts when this is called. With the same seed and the same scenario time every register has the same value.
 * @throws {StationError} SOCKET_CANNOT_LISTEN, CONFIG_RECORDING; nothing is left running then.
 */
export async function startPlant(settings: PlantSettings, options: PlantOptions): Promise<Plant> {
  const { seed, clock, folder } = options;
  const truth = new Truth({ keep: 0, fileBytes: 1 << 30, ...options.truth });
  const originMs = clock.monotonicMs();
  const shelf = new RecordingShelf(folder);
  const devices = new Map<string, RunningDevice>();
  const stopFlushing = clock.every(FLUSH_TRUTH_MS, () => truth.flush());
  let closing: Promise<void> | undefined;

  function close(): Promise<void> {
    closing ??= (async () => {
      stopFlushing();
      for (const { board, front, server } of devices.values()) {
        board.close();
        await front.close();
        await server.close();
      }
      truth.close();
    })();
    return closing;
  }

  try {
    for (const device of settings.devices) {
      const events = settings.timeline.filter((event) => event.device === device.name);
      devices.set(device.name, await startDevice(device, events));
    }
  } catch (error) {
    await close();
    throw error;
  }

  async function startDevice(device: DeviceSettings, events: PlantSettings["timeline"]): Promise<RunningDevice> {
    const named = new Map(
      Object.entries(device.signals).map(([name, signal]) => [
        name,
        buildSignal(signal, "FLOAT64", seed, `${device.name}/signal/${name}`, 0, shelf),
      ]),
    );
    const server = await protocolOf(device).start(device, {
      clock,
      originMs,
      truth,
      // A scenario that passed its check has every signal it names.
      signalOf: (signal, type, randomness, copy) =>
        typeof signal === "string" ? named.get(signal)! : buildSignal(signal, type, seed, randomness, copy, shelf),
    });
    const random = seededRandom(seed, `${device.name}/garbage`);
    const front = await startTcpFront(
      { listen: device.listen, inner: server.inner, maxConnections: device.maxConnections },
      clock,
      random,
    ).catch(async (error: unknown) => {
      await server.close();
      throw error;
    });
    const board = openFaultBoard({ setFrontFault: front.setFault, setServerFaults: server.setFaults }, events, clock);
    return { settings: device, server, front, board };
  }

  function find(name: string): RunningDevice {
    const device = devices.get(name);
    if (device !== undefined) return device;
    throw new StationError({
      code: "SIM_NO_SUCH_DEVICE",
      what: `the plant has no device "${name}"`,
      action: `Name one of ${[...devices.keys()].join(", ")}.`,
    });
  }

  function statistics(): PlantStatistics {
    const each = [...devices].map(([device, { server, front, board }]) => ({
      device,
      port: front.listening.port,
      faults: board.inEffect().map(({ kind }) => kind),
      ...server.statistics(),
      ...front.statistics(),
    }));
    const total = (figure: "requests" | "valuesServed" | "writesRefused") =>
      each.reduce((sum, device) => sum + device[figure], 0);
    return {
      requests: total("requests"),
      valuesServed: total("valuesServed"),
      writesRefused: total("writesRefused"),
      devices: each,
    };
  }

  return {
    listening: [...devices].map(([device, { front }]) => ({ device, address: front.listening })),
    truth,
    addressOf: (device) => find(device).front.listening,
    async beginFault(name, fault, forMs) {
      const { settings: device, board } = find(name);
      const what = foreignFault(device, fault);
      if (what !== undefined)
        throw new StationError({ code: "SIM_NO_SUCH_FAULT", what, action: "Name another fault, or another device." });
      return board.begin(fault, forMs);
    },
    endFaults: async (device) => find(device).board.endAll(),
    statistics,
    close,
  };
}
