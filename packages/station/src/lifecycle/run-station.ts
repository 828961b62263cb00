/** Starts a station, keeps it until somebody asks it to stop, and stops it in order.
 *  main → [run station] → compose → running station → exit code */
import { type Clock, systemClock } from "../clock.ts";
import type { Log } from "../log/log.ts";
import { ExitCode, exitCodeOf } from "./exit-code.ts";
import { describeError } from "./report-error.ts";

export interface RunningStation {
  /** Stop in the order of the data: take nothing new, write what was taken, close. Called once. */
  stop(): Promise<void>;
  /** Rejects when a part died that the station cannot live without (a worker's `exited`); it is then stopped in order and exits non-zero. */
  readonly failed?: Promise<never>;
  /** SIGHUP came: read the configuration again. Must not throw. */
  reload?(): void;
}

export interface RunOptions {
  readonly name: string;
  readonly log: Log;
  /**
   * Resolves once everything runs. Give up when the signal aborts: somebody stopped the station while it was starting. Afterwards it never
   * aborts: what runs is ended by `stop`, in order.
   */
  start(signal: AbortSignal): Promise<RunningStation>;
  readonly clock?: Clock;
  /** How long an ordered stop may take before the process ends anyway. systemd's TimeoutStopSec must be longer. */
  readonly stopDeadlineMs?: number;
  /** What SIGHUP means. Left out: the end of the process at once, as the closing of its terminal wants it. */
  readonly hangUp?: "reload" | undefined;
}

/** A terminal, npm and a launcher may each pass on the same Ctrl-C; only a later signal means "now!". */
const SECOND_SIGNAL_AFTER_MS = 500;

const SIGNAL_NUMBER = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Run until SIGINT, SIGTERM or a failure, then end the process; never returns.
 *
 * Exit codes: 0 after an ordered stop, `exitCodeOf` the error where start or a part failed, 1 where the stop failed or took too long or
 * something was thrown that nobody caught, 128 + n where a second signal forced it.
 */
export async function runStation(options: RunOptions): Promise<never> {
  const { log, clock = systemClock } = options;
  const giveUp = new AbortController();
  const end = (code: number): never => process.exit(code);
  const fail = (error: unknown, message: string): ExitCode => {
    log.fatal({ err: error }, message);
    process.stderr.write(describeError(error));
    return exitCodeOf(error);
  };

  // State is unknown after an error that nobody caught; journal and store are built to be killed at any time.
  process.on("uncaughtException", (error) => {
    fail(error, "uncaught error");
    end(ExitCode.failure);
  });
  process.on("unhandledRejection", (reason) => {
    fail(reason, "unhandled rejection");
    end(ExitCode.failure);
  });

  let running: RunningStation | undefined;
  let firstSignalAt: number | undefined;
  const asked = new Promise<"asked">((resolve) => {
    const onSignal = (signal: keyof typeof SIGNAL_NUMBER): void => {
      const now = clock.monotonicMs();
      if (firstSignalAt === undefined) {
        firstSignalAt = now;
        log.info({ signal }, `${options.name} is stopping`);
        if (running === undefined) giveUp.abort();
        resolve("asked");
      } else if (now - firstSignalAt >= SECOND_SIGNAL_AFTER_MS) {
        log.warn({ signal }, "second signal: ending at once");
        end(128 + SIGNAL_NUMBER[signal]);
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });

  let hungUp = false;
  const reload = (): void => {
    log.info({ signal: "SIGHUP" }, `${options.name} is asked to reload`);
    if (running === undefined) hungUp = true;
    else if (firstSignalAt === undefined) running.reload?.();
  };
  if (options.hangUp === "reload") process.on("SIGHUP", reload);

  const starting = options.start(giveUp.signal);
  const deadline = (): Promise<"late"> =>
    new Promise((resolve) => {
      clock.after(options.stopDeadlineMs ?? 10_000, () => resolve("late"));
    });
  // Asked while starting: start gives up by itself, but not for ever.
  const givenUp = asked.then(deadline);

  let station: RunningStation | "late";
  try {
    station = await Promise.race([starting, givenUp]);
  } catch (error) {
    if (giveUp.signal.aborted) {
      log.info(`${options.name} was stopped while starting`);
      return end(ExitCode.ok);
    }
    return end(fail(error, `${options.name} cannot start`));
  }
  if (station === "late") {
    log.error(`${options.name} did not give up starting in time`);
    return end(ExitCode.failure);
  }

  log.info(`${options.name} is running`);
  running = station;
  if (hungUp) running.reload?.(); // the file may have changed after the start had read it
  let code: ExitCode = ExitCode.ok;
  try {
    await Promise.race([asked, station.failed ?? asked]);
  } catch (error) {
    code = fail(error, `${options.name} lost a part it needs`);
  }

  try {
    if ((await Promise.race([station.stop(), deadline()])) === "late") {
      log.error(`${options.name} did not stop in time`);
      return end(ExitCode.failure);
    }
  } catch (error) {
    fail(error, `${options.name} failed while stopping`);
    return end(ExitCode.failure);
  }
  log.info(`${options.name} has stopped`);
  return end(code);
}
