/** Blocks lost on a lossy link, measured against the formula that `nonreturn-ot plan` prints.
 *  planner → simulated link → counts beside the formula's 99 % interval */
import { type LinkFigures, planLink } from "../../../packages/ot-sender/src/plan/link-plan.ts";
import { independentLoss, type LossChannel } from "../../../packages/wire-format/src/index.ts";
import type { BenchRow, BenchSection } from "../bench-section.ts";
import { binomialInterval } from "../residual/binomial-interval.ts";
import { simulateLink } from "../residual/simulate-link.ts";

/** Losses that the formula lets expect: the 99 % interval is then about ± 16 %. */
const EXPECTED_LOSSES = 250;

const SOME: Omit<LinkFigures, "channel"> = {
  linkRate: 900e6,
  samplesPerSecond: 10_000,
  bytesPerSample: 4,
  batchAgeMs: 50,
  maxBlockBytes: 65_536,
  maxSymbolBytes: 1408,
  redundancyPercent: 25,
  spreadMs: 40,
  secondPassAfterMs: undefined,
  reservedPercent: 5,
};
const SMALL = { samplesPerSecond: 4000, bytesPerSample: 4 }; // k 1
const BUSY = { samplesPerSecond: 200_000, bytesPerSample: 4.2 }; // k 31
const FULL = { samplesPerSecond: 1_000_000, bytesPerSample: 4 }; // k 47, 61 blocks/s

const bursts = (
  share: number,
  meanBurst: number,
  clock: "ms" | "datagrams",
  badLoss = 1,
  goodLoss = 0,
): LossChannel => ({
  goodLoss,
  badLoss,
  badShare: share,
  meanBurst,
  clock,
});

const CASES: readonly {
  readonly name: string;
  readonly figures: Partial<LinkFigures>;
  readonly channel: LossChannel;
}[] = [
  { name: "20 % independent", figures: SMALL, channel: independentLoss(0.2) },
  { name: "25 % independent", figures: {}, channel: independentLoss(0.25) },
  { name: "10 % independent", figures: { samplesPerSecond: 50_000 }, channel: independentLoss(0.1) },
  { name: "10 % independent", figures: BUSY, channel: independentLoss(0.1) },
  { name: "5 % in bursts of 20 ms", figures: SMALL, channel: bursts(0.05, 20, "ms") },
  { name: "5 % in bursts of 8 ms", figures: { samplesPerSecond: 50_000 }, channel: bursts(0.05, 8, "ms") },
  { name: "5 % in bursts of 8 ms", figures: BUSY, channel: bursts(0.05, 8, "ms") },
  {
    name: "4 % in bursts of 10 datagrams",
    figures: { samplesPerSecond: 50_000 },
    channel: bursts(0.04, 10, "datagrams"),
  },
  { name: "8 % in bursts of 10 datagrams", figures: FULL, channel: bursts(0.08, 10, "datagrams") },
  { name: "1 %, and half in bursts of 12 datagrams", figures: BUSY, channel: bursts(0.1, 12, "datagrams", 0.5, 0.01) },
  {
    name: "50 % independent, two passes",
    figures: { ...SMALL, secondPassAfterMs: 2000 },
    channel: independentLoss(0.5),
  },
  { name: "20 % in bursts of 30 ms, two passes", figures: { secondPassAfterMs: 2000 }, channel: bursts(0.2, 30, "ms") },
];

export const section: BenchSection = {
  name: "residual",
  about:
    "blocks lost on a simulated link, through the product's protection and assembly, against the planner's formula",
  run: async ({ say }) => CASES.map((each, at) => compare(each, at + 1, say)),
};

function compare(
  { name, figures, channel }: (typeof CASES)[number],
  seed: number,
  say: (line: string) => void,
): BenchRow {
  const plan = planLink({ ...SOME, ...figures, channel });
  const { blockLoss } = plan.afterSecondPass ?? plan.afterFirstPass;
  const trials = Math.ceil(EXPECTED_LOSSES / blockLoss);
  say(`${name}: ${trials} blocks`);
  const { lost, datagrams } = simulateLink(plan, trials, seed);
  const { low, high } = binomialInterval(trials, blockLoss);
  const { sourceSymbols, totalSymbols } = plan.protection;
  return {
    case: name,
    figures: {
      "k, n": `${sourceSymbols}, ${totalSymbols}`,
      trials,
      formula: blockLoss,
      measured: lost / trials,
      lost,
      "99 % from": low,
      "99 % to": high,
      inside: lost >= low && lost <= high ? "yes" : "no",
      "million datagrams": datagrams / 1e6,
    },
    limit: "within the formula's 99 % interval",
  };
}
