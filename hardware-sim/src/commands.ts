/** The commands of `nonreturn-sim` that run until they are stopped: plant and diode.
 *  main → [commands] → startPlant, startDiode, control
 *
 *  stdout carries JSON lines only: {"event":"listening",…} once everything listens, {"event":"statistics",…} at the end. */
import { dirname } from "node:path";
import {
  byteSize,
  type Command,
  type ControlRoutes,
  createLog,
  type HostPort,
  LOG_LEVELS,
  type LogLevel,
  parseHostPort,
  runStation,
  StationError,
  systemClock,
  writeHostPort,
} from "@nonreturn/station";
import { diodeRoutes, plantRoutes } from "./control/control-routes.ts";
import { parseControlPlace, startControl } from "./control/start-control.ts";
import { startDiode } from "./diode/start-diode.ts";
import { startPlant } from "./plant/start-plant.ts";
import { loadScenario, type Scenario } from "./scenario/scenario.ts";

interface CommonOptions {
  readonly scenario: string;
  readonly seed?: string;
  readonly control?: string;
  readonly logLevel: LogLevel;
}

interface PlantCommandOptions extends CommonOptions {
  readonly port?: string;
  readonly truth?: string;
  readonly truthLimit: string;
}

interface DiodeCommandOptions extends CommonOptions {
  readonly port?: string;
  readonly listen?: string;
  readonly target?: string;
}

/** What a command starts: what it announces, what can be asked of it, and its end. */
interface Running {
  readonly announce: Readonly<Record<string, unknown>>;
  readonly routes: ControlRoutes;
  statistics(): unknown;
  close(): Promise<void>;
}

export function addPlantCommand(program: Command): void {
  withCommonOptions(
    program.command("plant").description("simulated PLCs, as the scenario's `plant` section describes them"),
  )
    .option("--port <n>", "first device's port, the others follow; 0 takes free ones (default: the scenario's)")
    .option("--truth <file>", "write every value served as JSON lines")
    .option("--truth-limit <size>", "let that file grow no further", "1GB")
    .action((options: PlantCommandOptions) =>
      run("plant", options, async (scenario, seed) => {
        if (scenario.plant === undefined) throw missingSection("plant", options.scenario);
        const settings = options.port === undefined ? scenario.plant : onPorts(scenario.plant, portOf(options.port));
        const plant = await startPlant(settings, {
          seed,
          clock: systemClock,
          folder: dirname(options.scenario),
          truth: { file: options.truth, fileBytes: bytesOf(options.truthLimit) },
        });
        const devices = plant.listening.map(({ device, address }) => ({ device, ...address }));
        return { announce: { devices }, routes: plantRoutes(plant), statistics: plant.statistics, close: plant.close };
      }),
    );
}

export function addDiodeCommand(program: Command): void {
  withCommonOptions(
    program.command("diode").description("a simulated diode, as the scenario's `diode` section describes it"),
  )
    .option("--port <n>", "port to listen on; 0 takes a free one (default: the scenario's)")
    .option("--listen <host:port>", "address to listen on (default: the scenario's)")
    .option("--target <host:port>", "where datagrams leave to (default: the scenario's)")
    .action((options: DiodeCommandOptions) =>
      run("diode", options, async (scenario, seed) => {
        if (scenario.diode === undefined) throw missingSection("diode", options.scenario);
        const asked = options.listen === undefined ? scenario.diode.listen : addressOf("--listen", options.listen);
        const listen = options.port === undefined ? asked : { host: asked.host, port: portOf(options.port) };
        const target = options.target === undefined ? scenario.diode.target : addressOf("--target", options.target);
        const diode = await startDiode({ ...scenario.diode, listen, target }, seed, systemClock);
        const announce = { ...diode.listening, target: writeHostPort(target) };
        return { announce, routes: diodeRoutes(diode), statistics: diode.statistics, close: diode.close };
      }),
    );
}

function withCommonOptions(command: Command): Command {
  return command
    .requiredOption("--scenario <file>", "YAML file, see docs/hardware-sim.md")
    .option("--seed <n>", "instead of the scenario's")
    .option("--control <where>", "HTTP control on host:port (0: any free port) or the path of a Unix socket")
    .option("--log-level <level>", LOG_LEVELS.join(", "), "info");
}

/** Start, announce on stdout, run until SIGTERM or SIGINT, print the final statistics, exit 0. */
function run(
  name: string,
  options: CommonOptions,
  start: (scenario: Scenario, seed: number) => Promise<Running>,
): Promise<never> {
  const log = createLog({ name: `sim/${name}`, level: levelOf(options.logLevel) });
  return runStation({
    name,
    log,
    async start() {
      const scenario = loadScenario(options.scenario);
      const place = options.control === undefined ? undefined : parseControlPlace(options.control);
      const running = await start(scenario, options.seed === undefined ? scenario.seed : seedOf(options.seed));
      const control =
        place === undefined
          ? undefined
          : await startControl(place, running.routes).catch(async (error: unknown) => {
              await running.close();
              throw error;
            });
      printEvent("listening", {
        ...running.announce,
        ...(control === undefined ? {} : { control: control.listening }),
      });
      return {
        async stop() {
          await control?.close();
          const statistics = running.statistics();
          await running.close();
          printEvent("statistics", { statistics });
        },
      };
    },
  });
}

function printEvent(event: string, content: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ event, ...content })}\n`);
}

function onPorts(plant: NonNullable<Scenario["plant"]>, first: number): NonNullable<Scenario["plant"]> {
  const devices = plant.devices.map((device, index) => ({
    ...device,
    listen: { host: device.listen.host, port: first === 0 ? 0 : first + index },
  }));
  return { ...plant, devices };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw usage("--port", `"${text}" is no port`, "Write a number from 0 to 65535.");
}

function seedOf(text: string): number {
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= 0xffff_ffff) return seed;
  throw usage("--seed", `"${text}" is no seed`, "Write a whole number from 0 to 4294967295.");
}

function addressOf(option: string, text: string): HostPort {
  const address = parseHostPort(text);
  if (address !== undefined) return address;
  throw usage(option, `"${text}" is not host:port`, 'Write it like "127.0.0.1:47000".');
}

function bytesOf(text: string): number {
  const parsed = byteSize.safeParse(text);
  if (parsed.success) return parsed.data;
  throw usage("--truth-limit", `"${text}" is not a size`, 'Write it like "1GB".');
}

function levelOf(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  throw usage("--log-level", `"${text}" is no level`, `Write one of ${LOG_LEVELS.join(", ")}.`);
}

function usage(option: string, what: string, action: string): StationError {
  return new StationError({ code: "USAGE", what, where: option, action });
}

function missingSection(section: string, file: string): StationError {
  return new StationError({
    code: "CONFIG_SECTION_MISSING",
    what: `the scenario has no \`${section}\` section`,
    where: file,
    action: `Write one, or name another file; config/${section}.yaml is an example.`,
  });
}
