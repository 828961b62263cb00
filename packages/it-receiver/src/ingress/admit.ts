/** Decides whether a datagram may reach the assembly table. Nothing is allocated for one that may not.
 *  UDP source → [admit] → assembly table
 *
 *  The order is that of docs/wire-format.md: cheap checks first, and nothing an attacker sends costs more than one MAC. */
import type { KeyObject } from "node:crypto";
import {
  checkDatagramFraming,
  checkDatagramStructure,
  datagramBlockEpoch,
  datagramGeneration,
  datagramNumber,
  datagramRunEpoch,
  datagramSequence,
  datagramSession,
  datagramStream,
  isDatagramOfSession,
  ReplayWindow,
  verifyMac,
} from "@nonreturn/wire-format";

/** admitted, or why not; each counted by itself. */
export const VERDICTS = [
  "admitted",
  "length",
  "magic",
  "version",
  "type",
  "unknown-stream",
  "unknown-generation",
  "mac",
  "old-epoch",
  "clone",
  "epoch-not-stored",
  "old",
  "duplicate",
  "structure",
  "held",
] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface AdmissionSettings {
  /** MAC keys, made at load: by stream, then by generation. */
  readonly macKeys: ReadonlyMap<number, ReadonlyMap<number, KeyObject>>;
  /** Highest run epoch seen per generation, from before this start. */
  readonly runEpochs: ReadonlyMap<number, number>;
  /** Durable before it returns; throws if it could not be stored. */
  readonly storeRunEpoch: (generation: number, epoch: number) => void;
  readonly isHeld: (stream: number, blockEpoch: number, sequence: number) => boolean;
}

/** What is known of the sender's present run, per generation. */
interface Run {
  epoch: number;
  /** undefined until the first datagram after a start of this station. */
  session: Uint8Array | undefined;
  readonly windows: Map<number, ReplayWindow>;
}

const FRAMING_VERDICTS: Readonly<Record<string, Verdict>> = {
  DATAGRAM_LENGTH: "length",
  DATAGRAM_MAGIC: "magic",
  DATAGRAM_VERSION: "version",
  DATAGRAM_TYPE: "type",
};

export class Admission {
  readonly counts: Record<Verdict, number> = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<
    Verdict,
    number
  >;
  readonly #settings: AdmissionSettings;
  readonly #runs = new Map<number, Run>();

  constructor(settings: AdmissionSettings) {
    this.#settings = settings;
    for (const [generation, epoch] of settings.runEpochs)
      this.#runs.set(generation, { epoch, session: undefined, windows: new Map() });
  }

  /** The verdict, counted. Never throws. Cost: one HMAC for whatever has the form and the stream of ours. */
  admit(datagram: Uint8Array): Verdict {
    const verdict = this.#judge(datagram);
    this.counts[verdict]++;
    return verdict;
  }

  #judge(datagram: Uint8Array): Verdict {
    const framing = checkDatagramFraming(datagram);
    if (framing !== undefined) return FRAMING_VERDICTS[framing] ?? "structure";
    const stream = datagramStream(datagram);
    const generations = this.#settings.macKeys.get(stream);
    if (generations === undefined) return "unknown-stream";
    const generation = datagramGeneration(datagram);
    const macKey = generations.get(generation);
    if (macKey === undefined) return "unknown-generation";
    if (!verifyMac(datagram, macKey)) return "mac";

    // From here on it was made by somebody who holds the key: the sender, a clone of it, or a recording.
    const run = this.#runOf(generation, datagram);
    if (typeof run === "string") return run;
    let window = run.windows.get(stream);
    if (window === undefined) {
      window = new ReplayWindow();
      run.windows.set(stream, window);
    }
    const seen = window.accept(datagramNumber(datagram));
    if (seen !== "new") return seen;
    if (checkDatagramStructure(datagram) !== undefined) return "structure";
    if (this.#settings.isHeld(stream, datagramBlockEpoch(datagram), datagramSequence(datagram))) return "held";
    return "admitted";
  }

  #runOf(generation: number, datagram: Uint8Array): Run | Verdict {
    const epoch = datagramRunEpoch(datagram);
    const known = this.#runs.get(generation);
    if (known !== undefined && epoch < known.epoch) return "old-epoch";
    if (known !== undefined && epoch === known.epoch) {
      if (known.session === undefined) known.session = datagramSession(datagram).slice();
      return isDatagramOfSession(datagram, known.session) ? known : "clone";
    }
    try {
      this.#settings.storeRunEpoch(generation, epoch);
    } catch {
      return "epoch-not-stored"; // better to lose what the second pass brings again than to forget the epoch
    }
    const run: Run = { epoch, session: datagramSession(datagram).slice(), windows: new Map() };
    this.#runs.set(generation, run);
    return run;
  }
}
