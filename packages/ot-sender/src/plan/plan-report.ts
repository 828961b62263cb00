/** Writes a link plan as a table for people.
 *  link plan → [plan report] → terminal */
import { writeDuration } from "@nonreturn/station";
import { type LinkPlan, type Residual, rounded, type TrafficShare } from "./link-plan.ts";

const NAME_WIDTH = 26;

/** The lines of the table, without line ends. */
export function planReport(plan: LinkPlan): string[] {
  const { figures, protection, secondPass } = plan;
  const { sourceSymbols, totalSymbols, symbolBytes } = protection;
  const repair = totalSymbols - sourceSymbols;
  const spread = writeDuration(figures.spreadMs);
  const passDelay =
    figures.secondPassAfterMs === undefined ? "" : `, ${writeDuration(figures.secondPassAfterMs)} later`;
  const lines = [
    row("link", `${rounded(figures.linkRate)}, ${describeLoss(plan)}`),
    row(
      "blocks",
      `${decimal(plan.blocksPerSecond)}/s of ${decimal(plan.blockBytes)} bytes, ${decimal(plan.samplesPerBlock)} samples each`,
    ),
    row(
      "protection",
      `k ${sourceSymbols}, n ${totalSymbols}: any ${sourceSymbols} of ${totalSymbols} symbols of ${symbolBytes} bytes give a block back`,
    ),
    row(
      "spread",
      repair >= sourceSymbols
        ? `source symbols at once, repair symbols over ${spread}`
        : `all symbols over ${spread}, ${decimal(plan.interleavedBlocks)} × a block on the link at a time`,
    ),
    "",
    row("", columns("datagrams/s", "wire rate", "share of link")),
    row("live", traffic(plan.live)),
    ...(secondPass === undefined ? [] : [row(`second pass${passDelay}`, traffic(secondPass))]),
    row(
      "announcements, directory",
      columns("", rounded(plan.reserved.bitsPerSecond), percentage(plan.reserved.percentOfLink)),
    ),
    row(
      "together",
      columns("", rounded((plan.percentOfLinkUsed / 100) * figures.linkRate), percentage(plan.percentOfLinkUsed)),
    ),
    "",
    row("", columns("block lost", "blocks/year", "that is")),
    row(secondPass === undefined ? "one pass" : "without second pass", lost(plan.afterFirstPass)),
    ...(plan.afterSecondPass === undefined ? [] : [row("with second pass", lost(plan.afterSecondPass))]),
  ];
  if (plan.passCorrelation !== undefined && plan.passCorrelation > 0.01) {
    lines.push(
      "",
      `Bursts are so long that ${percentage(plan.passCorrelation * 100)} of them last until the second pass: the figure with it is too good. Let it come later.`,
    );
  }
  return lines;
}

function describeLoss({ figures: { channel }, meanLoss }: LinkPlan): string {
  const outside = `${percentage(channel.goodLoss * 100)} of datagrams lost`;
  if (channel.badShare === 0) return outside;
  const length = `${decimal(channel.meanBurst)} ${channel.clock}`;
  return `${outside} outside bursts; bursts of ${length} for ${percentage(channel.badShare * 100)} of the time lose ${percentage(channel.badLoss * 100)}; ${percentage(meanLoss * 100)} in all`;
}

function row(name: string, text: string): string {
  return `${name.padEnd(NAME_WIDTH)}${text}`.trimEnd();
}

function columns(first: string, second: string, third: string): string {
  return `${first.padStart(14)}${second.padStart(16)}   ${third}`;
}

function traffic({ datagramsPerSecond, bitsPerSecond, percentOfLink }: TrafficShare): string {
  return columns(decimal(datagramsPerSecond), rounded(bitsPerSecond), percentage(percentOfLink));
}

function lost({ blockLoss, blocksPerYear }: Residual): string {
  return columns(probability(blockLoss), probability(blocksPerYear), howOften(blocksPerYear));
}

/** A rate per year as a person would say it. */
function howOften(blocksPerYear: number): string {
  if (blocksPerYear === 0) return "never";
  if (blocksPerYear < 1) return `one in ${decimal(1 / blocksPerYear)} years`;
  const perDay = blocksPerYear / 365.25;
  return perDay < 1 ? `one in ${decimal(1 / perDay)} days` : `${decimal(perDay)} a day`;
}

function percentage(percent: number): string {
  return `${Number(percent.toPrecision(3))} %`;
}

function probability(value: number): string {
  return value === 0 ? "0" : value >= 0.01 && value < 1e6 ? decimal(value) : value.toExponential(1);
}

/** Three digits below 1000, whole numbers with separators above, powers of ten beyond what anybody counts. */
function decimal(value: number): string {
  if (value >= 1e9) return value.toExponential(1);
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}
