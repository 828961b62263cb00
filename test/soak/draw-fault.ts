/** What goes wrong next in a soak: drawn from a seed, so that a run can be run again.
 *  seed → [draw fault] → soak */
import type { Random } from "@nonreturn/hardware-sim";
import type { Line } from "../support/line/line.ts";

export interface Fault {
  /** For the report of the run. */
  readonly name: string;
  strike(line: Line): Promise<void>;
}

type Draw = (random: Random) => Fault;

/** By how often they come. */
const DRAWS: readonly { readonly weight: number; readonly draw: Draw }[] = [
  { weight: 6, draw: impairment },
  { weight: 2, draw: () => ({ name: "a perfect link", strike: (line) => line.impair({}) }) },
  { weight: 3, draw: blackout },
  { weight: 2, draw: () => ({ name: "OT station killed", strike: ({ ot }) => ot.kill().then(ot.start) }) },
  { weight: 2, draw: () => ({ name: "IT station killed", strike: ({ it }) => it.kill().then(it.start) }) },
  { weight: 1, draw: () => ({ name: "OT station restarted", strike: ({ ot }) => restart(ot) }) },
  { weight: 1, draw: () => ({ name: "IT station restarted", strike: ({ it }) => restart(it) }) },
  { weight: 1, draw: bothKilled },
];

const TOTAL = DRAWS.reduce((sum, { weight }) => sum + weight, 0);

export function drawFault(random: Random): Fault {
  let at = random() * TOTAL;
  for (const { weight, draw } of DRAWS) {
    at -= weight;
    if (at < 0) return draw(random);
  }
  return drawFault(random);
}

async function restart(station: Line["ot"]): Promise<void> {
  const code = await station.stop();
  if (code !== 0) throw new Error(`a station that was asked to stop ended with ${code}`);
  await station.start();
}

function bothKilled(): Fault {
  return {
    name: "both stations killed",
    async strike({ ot, it }) {
      await Promise.all([ot.kill(), it.kill()]);
      await Promise.all([ot.start(), it.start()]);
    },
  };
}

/** Shorter and longer than the second pass. */
function blackout(random: Random): Fault {
  const ms = Math.round(200 * 50 ** random()); // 0.2 … 10 s, short ones more often
  return { name: `dark for ${ms} ms`, strike: (line) => line.blackout(`${ms}ms`) };
}

/** Each kind is there half of the time. */
function impairment(random: Random): Fault {
  const percent = (most: number): string => `${(random() * most).toFixed(2)}%`;
  const ms = (most: number): string => `${1 + Math.floor(random() * most)}ms`;
  const impairments = Object.fromEntries(
    Object.entries({
      loss: percent(20),
      burst: { share: percent(20), mean: ms(120) },
      reorder: { share: percent(50), window: ms(200) },
      duplicate: { share: percent(50), delay: ms(200) },
      corrupt: { share: percent(10), bits: 1 + Math.floor(random() * 8) },
      truncate: percent(5),
      latency: { fixed: ms(100), jitter: ms(100) },
      rate: { limit: `${1 + Math.floor(random() * 20)}Mbit`, queue: "64KiB" },
    }).filter(() => random() < 0.5),
  );
  return {
    name: `link: ${Object.keys(impairments).join(", ") || "perfect"}`,
    strike: (line) => line.impair(impairments),
  };
}
