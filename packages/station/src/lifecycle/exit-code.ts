/** What a process ends with, so that systemd and scripts can tell a wrong configuration from a crash.
 *  error → [exit code] → run station, command line */

export const ExitCode = {
  ok: 0,
  /** Something unexpected; worth a restart. */
  failure: 1,
  /** Wrong command line or configuration; a restart will not help. */
  usage: 2,
  /** Keys are missing, unreadable, or not those of this pairing. */
  keys: 3,
  /** A port, socket, file or database cannot be had. */
  resource: 4,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** By the error's code, first match wins. docs/errors.md shows the result for every code; a test keeps the two equal. */
const RULES: readonly (readonly [RegExp, ExitCode])[] = [
  [/^(CONFIG_|USAGE|PLAN_|GAP_CODE|SIM_|SQL_|REPLAY_(REQUEST|OTHER_)|RELOAD_(RESTART|OTHER_))/, ExitCode.usage],
  [/^(KEYS?_|FILE_NOT_PRIVATE|FILE_MISSING|PAIRING_|ENROLMENT_|JOURNAL_OTHER_STATION)/, ExitCode.keys],
  [
    /^(DATABASE_|JOURNAL_|STORE_|DISK_FULL|EPOCH_FILE|FILE_DESCRIPTORS|CONTROL_SOCKET|METRICS_LISTEN|UDP_|SOCKET_|FOLDER_|PREFLIGHT_|STATION_NOT_RUNNING|RELOAD_JOURNAL)/,
    ExitCode.resource,
  ],
  [/^(EADDRINUSE|EADDRNOTAVAIL|EACCES|EPERM|ENOSPC|EROFS|EMFILE)$/, ExitCode.resource],
];

/** For anything thrown: errors with a `code` by the rules above, everything else is a failure. */
export function exitCodeOf(error: unknown): ExitCode {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (typeof code !== "string") return ExitCode.failure;
  return RULES.find(([pattern]) => pattern.test(code))?.[1] ?? ExitCode.failure;
}
