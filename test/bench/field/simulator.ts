/** The simulated devices of a measurement, in a process of their own.
 *  field case → [simulator] → OT station, Node-RED */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { controlRequest } from "../../../packages/station/src/index.ts";
import { type Child, startChild } from "../stations/child.ts";

const SIM = fileURLToPath(new URL("../../../hardware-sim/bin/nonreturn-sim.js", import.meta.url));

export interface SimulatorCounts {
  readonly requests: number;
  readonly valuesServed: number;
}

export interface Simulator {
  readonly child: Child;
  /** By device. */
  readonly ports: ReadonlyMap<string, number>;
  counts(): Promise<SimulatorCounts>;
  beginFault(device: string, fault: object): Promise<void>;
}

/** @param folder  takes the scenario, the control socket and the log. */
export async function startSimulator(folder: string, scenario: object): Promise<Simulator> {
  const scenarioFile = join(folder, "plant.yaml");
  const control = join(folder, "plant.sock");
  writeFileSync(scenarioFile, JSON.stringify(scenario)); // which is YAML, without aliases for what comes again
  const child = startChild(
    "simulator",
    process.execPath,
    [SIM, "plant", "--scenario", scenarioFile, "--control", control, "--log-level", "warn"],
    join(folder, "simulator.log"),
  );
  try {
    const { devices } = await child.event("listening");
    const ports = (devices as { readonly device: string; readonly port: number }[]).map(
      ({ device, port }) => [device, port] as const,
    );
    return {
      child,
      ports: new Map(ports),
      counts: async () => (await controlRequest(control, "GET", "/statistics")) as SimulatorCounts,
      async beginFault(device, fault) {
        await controlRequest(control, "POST", "/fault", { device, fault });
      },
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
