/** Whether what was seen proves silence; every reason why not.
 *  hardened run, unhardened control → [judge] → reasons, expected to be none */
import type { Frame } from "./capture.ts";
import type { Phase } from "./phases.ts";
import type { SampleAccount } from "./stations.ts";

export interface FlowCount {
  readonly packets: number;
  readonly bytes: number;
}

export interface HardenedRun {
  readonly framesByPhase: Readonly<Record<string, number>>;
  /** Frames outside every phase. */
  readonly framesBetween: number;
  readonly captureDropped: number;
  /** By the interfaces' own counters, until the rules were taken away. */
  readonly receivedByOt: number;
  readonly sentByIt: number;
  /** The flow by both packet filters, read while nothing was under way. */
  readonly flow: { readonly leftOt: FlowCount; readonly reachedIt: FlowCount };
  /** Datagrams that the IT machine had no room for. */
  readonly receiveErrors: number;
  /** What the IT machine's filter dropped: without any, nobody tried. */
  readonly refusedOut: number;
  readonly samples: SampleAccount;
  /** After the rules were taken away: the same capture must see the same program. */
  readonly framesWithoutRules: number;
}

export interface ControlRun {
  readonly frames: number;
  readonly captureDropped: number;
}

export function judge(hardened: HardenedRun, control: ControlRun): string[] {
  const { framesByPhase, flow, samples } = hardened;
  const reasons: string[] = [];
  for (const [phase, frames] of Object.entries(framesByPhase))
    if (frames > 0) reasons.push(`hardened: ${frames} frames came back while "${phase}"`);
  if (hardened.framesBetween > 0)
    reasons.push(`hardened: ${hardened.framesBetween} frames came back between the phases`);
  if (hardened.receivedByOt > 0)
    reasons.push(`hardened: the sender's interface counted ${hardened.receivedByOt} frames`);
  if (hardened.sentByIt > 0) reasons.push(`hardened: the receiver's interface sent ${hardened.sentByIt} frames`);
  if (flow.leftOt.packets === 0) reasons.push("hardened: there was no traffic");
  if (flow.leftOt.packets !== flow.reachedIt.packets || flow.leftOt.bytes !== flow.reachedIt.bytes)
    reasons.push(`hardened: ${JSON.stringify(flow.leftOt)} left the sender, ${JSON.stringify(flow.reachedIt)} arrived`);
  if (hardened.receiveErrors > 0) reasons.push(`hardened: the receiver lost ${hardened.receiveErrors} datagrams`);
  if (hardened.refusedOut === 0) reasons.push("hardened: the filter refused nothing, so nothing was tried");
  if (samples.reported === 0) reasons.push("hardened: no sample was reported");
  for (const what of ["missing", "repeated", "altered", "foreign"] as const)
    if (samples[what] > 0) reasons.push(`hardened: ${samples[what]} samples ${what}`);
  if (hardened.framesWithoutRules === 0)
    reasons.push("hardened: the capture saw nothing even without rules; it was blind");
  if (control.frames === 0) reasons.push("control: an unhardened machine sent nothing back; the run proves nothing");
  // Not a number: tcpdump did not say.
  if (hardened.captureDropped !== 0) reasons.push(`hardened: the capture missed ${hardened.captureDropped} frames`);
  if (control.captureDropped !== 0) reasons.push(`control: the capture missed ${control.captureDropped} frames`);
  return reasons;
}

/** How many frames fell into each phase, and how many into none. */
export function framesByPhase(frames: readonly Frame[], phases: readonly Phase[]) {
  const counts: Record<string, number> = Object.fromEntries(phases.map(({ name }) => [name, 0]));
  let between = 0;
  for (const { timeMs } of frames) {
    const phase = phases.find(({ fromMs, untilMs }) => timeMs >= fromMs && timeMs <= untilMs);
    if (phase === undefined) between++;
    else counts[phase.name] = (counts[phase.name] ?? 0) + 1;
  }
  return { counts, between };
}
