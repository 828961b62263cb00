/** The simulated diode: UDP in, impairments, UDP out.
 *  OT station ──▶ [receiving end → pipeline → departure queue → sending end] ──▶ IT station */
import type { Clock, HostPort } from "@nonreturn/station";
import type { DiodeSettings, ImpairmentSettings } from "../scenario/diode-section.ts";
import { DepartureQueue } from "./departure-queue.ts";
import { blackout } from "./impairments/blackout.ts";
import { kernelDrops } from "./kernel-drops.ts";
import { openReceivingEnd, openSendingEnd } from "./one-way-sockets.ts";
import { buildPipeline, passThrough } from "./pipeline.ts";
import { type DiodeStatistics, DiodeTally } from "./statistics.ts";

export interface Diode {
  /** Where the OT station sends to. */
  readonly listening: HostPort;
  statistics(): DiodeStatistics;
  /** Nothing crosses from now on for `forMs`; 0 ends a blackout that was asked for (not a scheduled one). */
  blackout(forMs: number): void;
  /** Replaces all impairments, their memory and their random streams; what is in flight keeps its time. */
  impair(settings: ImpairmentSettings): void;
  /** What is in flight is discarded. Idempotent. */
  close(): Promise<void>;
}

/**
 * @param seed every impairment's stream follows from it; with losses clocked in datagrams the same datagrams meet the same fate.
 * @throws {StationError} SOCKET_CANNOT_LISTEN, SOCKET_TARGET_UNKNOWN
 */
export async function startDiode(settings: DiodeSettings, seed: number, clock: Clock): Promise<Diode> {
  const tally = new DiodeTally();
  const waiting = new DepartureQueue();
  const dark = blackout(
    settings.blackouts.map((window) => ({ atMs: window.at, forMs: window.for, everyMs: window.every })),
    clock.monotonicMs(),
  );
  let pipeline = buildPipeline(settings.impairments, seed, dark);
  let arrivals = 0;
  let cancelTimer: (() => void) | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;
  let closing: Promise<void> | undefined;

  const sending = await openSendingEnd(settings.target);
  const receiving = await openReceivingEnd(settings.listen, settings.receiveBuffer, (bytes) => {
    const nowMs = clock.monotonicMs();
    const arrival = arrivals++;
    tally.receive(bytes.length);
    const fate = passThrough(pipeline, { bytes, atMs: nowMs });
    if ("dropped" in fate) return tally.drop(fate.dropped);
    for (const datagram of fate.departures) {
      if (datagram.copy) tally.duplicate();
      if (tally.inFlightBytes + datagram.bytes.length > settings.inFlight) {
        tally.drop("in-flight-full");
        continue;
      }
      tally.enter(datagram.bytes.length);
      waiting.enter({ datagram, arrival });
    }
    release();
  }).catch(async (error: unknown) => {
    await sending.close();
    throw error;
  });

  /** Send what is due and set the timer for what is due next. A datagram counts as in flight until the kernel has taken it. */
  function release(): void {
    if (closing !== undefined) return;
    const nowMs = clock.monotonicMs();
    for (let next = waiting.takeDue(nowMs); next !== undefined; next = waiting.takeDue(nowMs)) {
      const { datagram, arrival } = next;
      sending.send(datagram.bytes, (sent) => {
        tally.leave(datagram.bytes.length);
        if (sent) tally.forward(datagram, arrival);
        else tally.drop("send-failed");
      });
    }
    const nextAtMs = waiting.nextAtMs;
    if (nextAtMs === undefined || nextAtMs >= timerAtMs) return;
    cancelTimer?.();
    timerAtMs = nextAtMs;
    cancelTimer = clock.after(Math.max(0, nextAtMs - nowMs), () => {
      timerAtMs = Number.POSITIVE_INFINITY;
      cancelTimer = undefined;
      release();
    });
  }

  return {
    listening: receiving.bound,
    statistics: () =>
      tally.snapshot({
        kernelDropped: kernelDrops(receiving.bound.port),
        receiveBufferBytes: receiving.bufferBytes,
      }),
    blackout: (forMs) => dark.begin(clock.monotonicMs(), forMs),
    impair(next) {
      pipeline = buildPipeline(next, seed, dark);
    },
    close() {
      closing ??= (async () => {
        cancelTimer?.();
        await receiving.close();
        await sending.close();
      })();
      return closing;
    },
  };
}
