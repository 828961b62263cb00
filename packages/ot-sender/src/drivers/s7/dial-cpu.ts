/** Opens an S7 connection: TCP, then COTP with the TSAPs, then the S7 setup.
 *  S7 connection → [dial CPU] → ISO socket → CPU */
import { type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";
import { connectFrame, type Damage, dataFrame, type IsoFrame } from "./iso-frames.ts";
import { IsoSocket } from "./iso-socket.ts";
import { parseAnswer, setupJob } from "./s7-pdu.ts";

export interface S7ConnectionSettings {
  readonly address: HostPort;
  readonly localTsap: number;
  readonly remoteTsap: number;
  readonly connectTimeoutMs: number;
  readonly maxPdu: number;
  readonly requestsInFlight: number;
}

/** What the CPU granted. */
export interface Granted {
  readonly pduBytes: number;
  readonly requestsInFlight: number;
}

/** Where the handshake is: what a failure means depends on it. */
type Stage = "tcp" | "cotp" | "setup";

/** Below this not even one item of a few bytes fits. */
const SMALLEST_PDU_BYTES = 64;

const ADVICE: Readonly<Record<Stage, string>> = {
  tcp: "Check host and port, that the CPU runs, and that a firewall lets this station through.",
  cotp: "Check rack and slot (S7-1200 and 1500: slot 1, S7-300: slot 2) or remoteTsap, and that the CPU has a connection of this type (pg, op, basic) free.",
  setup: "Check that the CPU permits access with PUT/GET communication, and that rack and slot are those of the CPU.",
};

/** @throws {StationError} DEVICE_UNREACHABLE; nothing is left open then. */
export function dialCpu(
  settings: S7ConnectionSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly socket: IsoSocket; readonly granted: Granted }> {
  const { address, localTsap, remoteTsap, connectTimeoutMs, maxPdu, requestsInFlight } = settings;
  const socket = new IsoSocket();
  let stage: Stage | "done" = "tcp";
  return new Promise((resolve, reject) => {
    const give = (settle: () => void): void => {
      stage = "done";
      cancelTimeout();
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const fail = (reason: string): void => {
      if (stage === "done") return;
      const action = ADVICE[stage];
      give(() => {
        socket.destroy();
        const { cause } = socket;
        reject(
          new StationError(
            {
              code: "DEVICE_UNREACHABLE",
              what: `cannot connect: ${reason}`,
              where: writeHostPort(address),
              action,
            },
            cause === undefined ? undefined : { cause },
          ),
        );
      });
    };
    const onAbort = (): void => fail("connecting was given up");
    const cancelTimeout = clock.after(connectTimeoutMs, () =>
      stage === "done" ? undefined : fail(`${SILENT[stage]} within ${connectTimeoutMs} ms`),
    );
    /** @returns what is wrong with a frame of the handshake; undefined if it is the one that was waited for. */
    const mistakeOf = (frame: IsoFrame | Damage): string | undefined => {
      if (stage === "cotp" && frame.kind === "connect confirm") {
        stage = "setup";
        socket.send(dataFrame(setupJob(1, requestsInFlight, maxPdu)));
        return undefined;
      }
      if (frame.kind === "disconnect") return `the CPU refuses these TSAPs (reason ${frame.reason})`;
      if (stage !== "setup" || frame.kind !== "data")
        return `what answered is no S7 CPU: ${frame.kind === "damage" ? frame.what : `a ${frame.kind}`}`;
      const answer = parseAnswer(frame.bytes);
      if (answer.kind === "refused") return `the CPU refuses the setup (0x${answer.error.toString(16)})`;
      if (answer.kind !== "setup" || answer.pduBytes < SMALLEST_PDU_BYTES || answer.pduBytes > maxPdu)
        return "what answered is no S7 CPU: its setup makes no sense";
      const { jobs, pduBytes } = answer;
      const granted = { pduBytes, requestsInFlight: Math.max(1, Math.min(requestsInFlight, jobs)) };
      socket.limit(pduBytes);
      give(() => resolve({ socket, granted }));
      return undefined;
    };
    const onFrame = (frame: IsoFrame | Damage): void => {
      const mistake = stage === "done" ? undefined : mistakeOf(frame);
      if (mistake !== undefined) fail(mistake);
    };
    socket.listen({
      onFrame,
      onClose: (reason) => fail(stage === "tcp" ? reason : `${reason} during the ${stage} handshake`),
    });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else
      socket.connect(address, () => {
        stage = "cotp";
        socket.send(connectFrame(localTsap, remoteTsap));
      });
  });
}

const SILENT: Readonly<Record<Stage, string>> = {
  tcp: "no connection",
  cotp: "connected, but no answer to the connection request",
  setup: "connected, but no answer to the S7 setup",
};
