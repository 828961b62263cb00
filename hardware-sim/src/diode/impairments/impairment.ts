/** What can happen to a datagram inside the simulated diode, as functions of (datagram, time, random) without sockets or timers.
 *  arrive → [impairment] → … → [impairment] → depart */

/** A datagram inside the diode. */
export interface Passing {
  readonly bytes: Uint8Array;
  /** When it is at this point of the diode, in ms of the caller's monotonic clock. An impairment may move it later, never earlier. */
  readonly atMs: number;
  /** Bits were flipped or bytes cut off. */
  readonly corrupted?: boolean;
  /** The second copy of a duplicated datagram. */
  readonly copy?: boolean;
}

/** Why a datagram did not leave the diode. */
export const DROP_CAUSES = ["blackout", "loss", "burst", "rate-limit", "in-flight-full", "send-failed"] as const;
export type DropCause = (typeof DROP_CAUSES)[number];

/** One datagram (changed or not), two of them, or the reason why there is none. */
export type Outcome = Passing | readonly [Passing, Passing] | DropCause;

/**
 * One impairment. It may remember (the state of a burst, the fill of a queue) but takes time from the datagrams and randomness
 * from its creator, so the same datagrams at the same times with the same seed meet the same fate.
 * `pass` is called with times that never go back.
 */
export interface Impairment {
  readonly name: string;
  pass(datagram: Passing): Outcome;
}
