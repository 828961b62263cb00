/** The log: JSON lines, one per event, on stderr, where systemd and containers collect them.
 *  everywhere → [log] → journald, files, the operator's log store */
import pino from "pino";
import { StationError } from "../station-error.ts";

export type Log = pino.Logger;

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  /** Who speaks, e.g. "ot", "ot/journal". */
  readonly name: string;
  readonly level: LogLevel;
  /** Where lines go; stderr if left out. Anything with `write(line)`. */
  readonly destination?: pino.DestinationStream;
}

/**
 * A logger. `log.warn({ err: error }, "…")` writes code, what, where and action of a {@link StationError}.
 * Writing is synchronous: the last line before a crash is the one that matters.
 * Worker threads call this themselves; lines of several threads do not mix within a line (one write each, below PIPE_BUF).
 */
export function createLog(options: LogOptions): Log {
  const settings: pino.LoggerOptions = {
    name: options.name,
    level: options.level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorFields, error: errorFields },
    redact: {
      paths: ["password", "*.password", "*.*.password", "secret", "*.secret", "token", "*.token"],
      censor: "(not shown)",
    },
  };
  return pino(settings, options.destination ?? pino.destination({ dest: 2, sync: true }));
}

/** What a log line says about an error. A StationError is made for operators: no stack, unless something lies beneath it. */
export function errorFields(error: unknown): unknown {
  if (error instanceof StationError) {
    return {
      code: error.code,
      what: error.what,
      ...(error.where === undefined ? {} : { where: error.where }),
      action: error.action,
      ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
    };
  }
  return error instanceof Error ? pino.stdSerializers.err(error) : error;
}
