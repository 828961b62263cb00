/** `nonreturn-sim demo`: the whole line on one machine, with the real stations as processes of their own.
 *  simulated PLCs → OT station → simulated diode → IT station → embedded MQTT broker + SQLite historian → [demo] → one screen */
import { join } from "node:path";
import {
  type Clock,
  type Command,
  controlRequest,
  duration,
  ExitCode,
  StationError,
  sleep,
  systemClock,
} from "@nonreturn/station";
import { startBroker } from "./broker.ts";
import { conclude } from "./conclude.ts";
import { createDemoFolder, type DemoFolder, TOPIC_PREFIX } from "./demo-folder.ts";
import { type DemoSockets, readDemoState } from "./demo-state.ts";
import { type Program, runToEnd, startProgram } from "./program.ts";
import { reconcile } from "./reconcile.ts";
import { screenLines } from "./status-screen.ts";
import { summaryOf, writeSummary } from "./summary.ts";

const SCREEN_MS = 500;
/** Not on a terminal: one report of this many screens. */
const PLAIN_EVERY = 10;
const PLAIN_WIDTH = 160;
const STOP_MS = 12_000;
/** The second pass comes after 3 s; what it cannot heal by then stays a named gap. */
const HEAL_MS = 6000;

/** Add the `demo` command to a program. */
export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("the whole line on this machine: simulated PLCs, both stations, a lossy diode, MQTT and SQL")
    .option("--for <time>", "stop by itself after this time, e.g. 30s")
    .option("--summary <file>", "write the figures of the run as JSON")
    .option("--keep", "keep the folder with configurations, data and logs")
    .action(async (options: { for?: string; summary?: string; keep?: true }) => {
      process.exitCode = await runDemo(systemClock, durationOf(options.for), options.summary, options.keep === true);
    });
}

function durationOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const parsed = duration.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new StationError({
    code: "USAGE",
    what: `"${text}" is no time`,
    where: "--for",
    action: 'Write it like "30s" or "10min".',
  });
}

async function runDemo(clock: Clock, forMs: number, summaryFile: string | undefined, keep: boolean): Promise<number> {
  const folder = createDemoFolder();
  const programs: Program[] = [];
  const broker = await startBroker(TOPIC_PREFIX);
  const asked = new AbortController();
  const onSignal = (): void => asked.abort();
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  let code: number = ExitCode.failure;
  try {
    const sockets = await startLine(folder, programs, broker.port);
    const startedMs = clock.monotonicMs();
    const show = async (phase: "running" | "draining"): Promise<void> => {
      const elapsedMs = clock.monotonicMs() - startedMs;
      const news = {
        elapsedMs,
        brokerMessages: broker.received(),
        latest: broker.latest(),
        oee: broker.oee(),
        phase,
        folder: folder.path,
      };
      draw(screenLines(await readDemoState(sockets), news, process.stdout.columns || PLAIN_WIDTH));
    };
    const failed = Promise.race(programs.map((program) => program.failed));
    while (!asked.signal.aborted && clock.monotonicMs() - startedMs < forMs) {
      await Promise.race([show("running"), failed]);
      await Promise.race([sleep(clock, SCREEN_MS, asked.signal), failed]);
    }
    await show("draining");
    await Promise.race([drain(clock, sockets), failed]);
    const { account, state } = await reconcile(sockets, folder.itFile);
    const summary = summaryOf(state, account);
    if (summaryFile !== undefined) writeSummary(summaryFile, summary);
    const conclusion = conclude(account, summary);
    process.stdout.write(conclusion.text);
    code = conclusion.code;
  } finally {
    for (const program of programs.reverse()) await program.stop(clock, STOP_MS);
    await broker.close();
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    if (keep || code !== ExitCode.ok) process.stdout.write(`Configurations, data and logs are in ${folder.path}\n`);
    else folder.remove();
  }
  return code;
}

/** Each part in the order in which it needs the next one's address: IT, diode, plant, OT. The pairing is the one a user would do. */
async function startLine(folder: DemoFolder, programs: Program[], brokerPort: number): Promise<DemoSockets> {
  const start = async (event: string, ...parameters: Parameters<typeof startPart>) => {
    const program = startPart(...parameters);
    programs.push(program);
    return { program, announced: await program.event(event) };
  };
  const startPart = (launcher: "ot" | "it" | "sim", name: string, args: readonly string[]): Program =>
    startProgram(name, launcher, args, folder.file(`${name}.log`));

  folder.writeIt(brokerPort);
  process.stdout.write("Pairing the stations …\n");
  const enrolment = folder.file("enrolment.json");
  const pairing = folder.file("pairing.json");
  await runToEnd("it", ["keys", "new", "--config", folder.itFile, "--out", enrolment]);
  // The OT station's configuration needs the diode's port, which needs the IT station's; its keys need neither.
  await runToEnd("ot", ["keys", "pair", enrolment, "--keys", join(folder.path, "ot", "keys"), "--out", pairing]);
  await runToEnd("it", ["keys", "accept", pairing, "--config", folder.itFile]);

  process.stdout.write("Starting the IT station, the diode, the PLCs and the OT station …\n");
  const it = await start("running", "it", "it-station", ["run", "--config", folder.itFile]);
  folder.writeDiode((it.announced.listening as { port: number }).port);
  const diodeSocket = folder.file("diode.sock");
  const diodeArgs = ["diode", "--scenario", folder.diodeFile, "--control", diodeSocket];
  const diode = await start("listening", "sim", "diode", diodeArgs);
  const plant = await start("listening", "sim", "plant", ["plant", "--scenario", folder.plantFile, "--port", "0"]);
  const devices = plant.announced.devices as { device: string; port: number }[];
  const ports = new Map(devices.map(({ device, port }) => [device, port]));
  folder.writeOt(diode.announced.port as number, ports);
  await start("running", "ot", "ot-station", ["run", "--config", folder.otFile]);
  return {
    ot: join(folder.path, "ot", "control.sock"),
    it: join(folder.path, "it", "control.sock"),
    diode: diodeSocket,
  };
}

/** In the order of the data: OT has sent everything, the diode has let it through, IT has recorded and published it. */
async function drain(clock: Clock, sockets: DemoSockets): Promise<void> {
  await controlRequest(sockets.ot, "POST", "/drain", {});
  const deadlineMs = clock.monotonicMs() + HEAL_MS;
  for (;;) {
    const { diode, it, ot } = await readDemoState(sockets);
    const head = ot.figures.link_head_sequence ?? 0;
    const stored = it.figures.record_stored_blocks ?? 0;
    const isWhole = diode.inFlight === 0 && stored >= head && (it.record?.gaps.open ?? 0) === 0;
    if (isWhole || clock.monotonicMs() > deadlineMs) break;
    await sleep(clock, 200);
  }
  await controlRequest(sockets.it, "POST", "/drain", {});
  await sleep(clock, 1200); // the stations' figures are a second old at most
}

let screens = 0;
let drawn = 0;
function draw(lines: readonly string[]): void {
  if (process.stdout.isTTY) {
    // Home, every line to its end, then clear what a longer screen left below: no flicker.
    const home = drawn === 0 ? "\x1b[2J\x1b[H" : "\x1b[H";
    process.stdout.write(`${home}${lines.map((line) => `${line}\x1b[K`).join("\n")}\n\x1b[J`);
    drawn = lines.length;
  } else if (screens++ % PLAIN_EVERY === 0) process.stdout.write(`${lines.join("\n")}\n\n`);
}
