/** `nonreturn-ot plan`: what a link will carry and lose, before it is built.
 *  command line → [plan command] → link plan → report or JSON */
import { byteSize, type Command, dataRate, duration, percent, percentBetween, StationError } from "@nonreturn/station";
import { SYMBOL_BYTES_IPV4, WireError } from "@nonreturn/wire-format";
import { type LinkFigures, planLink } from "./link-plan.ts";
import { planReport } from "./plan-report.ts";

/** What commander hands over: text as typed, defaults included. */
interface PlanOptions {
  readonly loss: string;
  readonly burstShare: string;
  readonly burstLength: string;
  readonly burstLoss: string;
  readonly burstClock?: string;
  readonly rate: string;
  readonly samplesPerSecond: string;
  readonly bytesPerSample: string;
  readonly batchAge: string;
  readonly blockSize: string;
  readonly symbolBytes: string;
  readonly redundancy: string;
  readonly spread: string;
  readonly secondPass: string;
  readonly reserve: string;
  readonly json?: boolean;
}

/** Add the `plan` command to a program. Its action throws StationError; `print` takes one line. */
export function addPlanCommand(program: Command, print: (line: string) => void = console.log): void {
  program
    .command("plan")
    .description("what a link carries and loses: rates, and blocks lost per year by the published formulas")
    .requiredOption("--rate <rate>", "link rate on the wire, e.g. 100Mbit")
    .requiredOption("--samples-per-second <number>", "reported samples (after deadbands), e.g. 20000")
    .option("--bytes-per-sample <number>", "in a sealed block, compressed", "14")
    .option("--loss <percent>", "datagrams lost outside bursts", "0%")
    .option("--burst-share <percent>", "share of time inside bursts", "0%")
    .option("--burst-length <length>", "mean length of a burst: datagrams, or a duration such as 5ms", "10")
    .option("--burst-clock <clock>", "what burst lengths are counted in: datagrams or ms")
    .option("--burst-loss <percent>", "datagrams lost inside a burst", "100%")
    .option("--batch-age <duration>", "age at which a batch is closed", "50ms")
    .option("--block-size <size>", "largest sealed block", "64KiB")
    .option(
      "--symbol-bytes <bytes>",
      "largest symbol: 1408 at MTU 1500, 1376 for IPv6, 8896 with jumbo frames",
      String(SYMBOL_BYTES_IPV4),
    )
    .option("--redundancy <percent>", "repair symbols per hundred source symbols", "25%")
    .option("--spread <duration>", "time over which the symbols of a block are spread", "40ms")
    .option("--second-pass <duration>", "when every block is sent again, or off", "60s")
    .option("--reserve <percent>", "share of the link kept for heartbeats, status and directory repeats", "5%")
    .option("--json", "print the plan as JSON")
    .action((options: PlanOptions) => {
      const plan = planned(figuresOf(options));
      if (options.json) print(JSON.stringify(plan, null, 2));
      else for (const line of planReport(plan)) print(line);
    });
}

function planned(figures: LinkFigures): ReturnType<typeof planLink> {
  try {
    return planLink(figures);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new StationError(
      {
        code: "PLAN_OPTION",
        what: error.message,
        action: "Correct the option; `nonreturn-ot plan --help` lists them.",
      },
      { cause: error },
    );
  }
}

function figuresOf(options: PlanOptions): LinkFigures {
  const burst = burstOf(options);
  return {
    channel: {
      goodLoss: quantity("--loss", percent, options.loss) / 100,
      badLoss: quantity("--burst-loss", percent, options.burstLoss) / 100,
      badShare: quantity("--burst-share", percent, options.burstShare) / 100,
      ...burst,
    },
    linkRate: positive("--rate", quantity("--rate", dataRate, options.rate)),
    samplesPerSecond: positive("--samples-per-second", options.samplesPerSecond),
    bytesPerSample: positive("--bytes-per-sample", options.bytesPerSample),
    batchAgeMs: positive("--batch-age", quantity("--batch-age", duration, options.batchAge)),
    maxBlockBytes: positive("--block-size", quantity("--block-size", byteSize, options.blockSize)),
    maxSymbolBytes: positive("--symbol-bytes", options.symbolBytes),
    redundancyPercent: quantity("--redundancy", percentBetween("0%", "1000%"), options.redundancy),
    spreadMs: quantity("--spread", duration, options.spread),
    secondPassAfterMs:
      options.secondPass === "off" ? undefined : quantity("--second-pass", duration, options.secondPass),
    reservedPercent: quantity("--reserve", percent, options.reserve),
  };
}

/** A bare number is datagrams unless the clock says ms; a duration is milliseconds, and the clock may not contradict it. */
function burstOf({ burstLength, burstClock }: PlanOptions): { meanBurst: number; clock: "datagrams" | "ms" } {
  if (burstClock !== undefined && burstClock !== "datagrams" && burstClock !== "ms") {
    throw wrong("--burst-clock", `"${burstClock}" is neither datagrams nor ms`);
  }
  if (/^[\d.]+$/.test(burstLength)) {
    return { meanBurst: positive("--burst-length", burstLength), clock: burstClock ?? "datagrams" };
  }
  if (burstClock === "datagrams") throw wrong("--burst-length", `"${burstLength}" is no number of datagrams`);
  return { meanBurst: positive("--burst-length", quantity("--burst-length", duration, burstLength)), clock: "ms" };
}

/** Read one value with a unit by the same type that the configuration uses. */
function quantity(option: string, type: typeof duration, text: string): number {
  const parsed = type.safeParse(text);
  if (parsed.success) return parsed.data;
  throw wrong(option, parsed.error.issues.map(({ message }) => message).join("; "));
}

function positive(option: string, value: string | number): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number)) || value === "")
    throw wrong(option, `"${value}" is not a number above 0`);
  return number;
}

function wrong(option: string, what: string): StationError {
  return new StationError({
    code: "PLAN_OPTION",
    what,
    where: option,
    action: "Correct the option; `nonreturn-ot plan --help` lists them.",
  });
}
