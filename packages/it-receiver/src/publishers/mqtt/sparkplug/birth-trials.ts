/** Finds the device whose birth makes the broker end the connection, as brokers of MQTT 3.1.1 do with what is too large or not allowed to the account.
 *  sent, confirmed, lost → [birth trials] → edge node */

/** So many connections in a row must end on one device's birth alone. */
const MOST_CUTS = 4;
/** Then it is left out, and tried again after this time. Whoever was suspected and not seen since is forgotten by then. */
const AGAIN_MS = 600_000;

interface Suspect {
  /** Connections that ended while nothing but this birth was unconfirmed, and something else was confirmed before. */
  cuts: number;
  lastMs: number;
}

export class BirthTrials {
  readonly #suspects = new Map<string, Suspect>();

  /** Whether each message is to be confirmed before the next is sent, so that an end of the connection names one. */
  isCareful(nowMs: number): boolean {
    for (const [device, { lastMs }] of this.#suspects)
      if (nowMs - lastMs >= 2 * AGAIN_MS) this.#suspects.delete(device);
    for (const suspect of this.#suspects.values()) if (!isLeftOut(suspect, nowMs)) return true;
    return false;
  }

  confirmed(device: string): void {
    this.#suspects.delete(device);
  }

  /**
   * The connection ended.
   *
   * @param unconfirmed  devices whose births were on their way.
   * @param alone  nothing else was, and something was confirmed before on this connection.
   * @returns the device that is left out from now on, if this proves that it is to be.
   */
  lost(unconfirmed: readonly string[], alone: boolean, nowMs: number): string | undefined {
    let found: string | undefined;
    for (const device of unconfirmed) {
      const { cuts = 0 } = this.#suspects.get(device) ?? {};
      const now = alone && unconfirmed.length === 1 ? cuts + 1 : cuts;
      this.#suspects.set(device, { cuts: now, lastMs: nowMs });
      if (now >= MOST_CUTS) found = device;
    }
    return found;
  }

  /** In words, why a device is left out; undefined if it is not. */
  refusal(device: string, payloadBytes: number, nowMs: number): string | undefined {
    const suspect = this.#suspects.get(device);
    if (suspect === undefined || !isLeftOut(suspect, nowMs)) return undefined;
    return (
      `the broker ended the connection ${suspect.cuts} times on the birth of device ${device.slice(0, 200)}, of about ${payloadBytes} bytes: ` +
      "is it too large for it, or its topic not allowed to the account?"
    );
  }
}

function isLeftOut({ cuts, lastMs }: Suspect, nowMs: number): boolean {
  return cuts >= MOST_CUTS && nowMs - lastMs < AGAIN_MS;
}
