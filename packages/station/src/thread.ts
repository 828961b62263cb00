/** The part of this package that worker threads need: `@nonreturn/station/thread`.
 *  Every thread loads its own copy of what it imports. The whole package (zod, yaml, commander, prom-client, node:http) costs about
 *  24 MB in each thread, this part 7 MB. Types may come from either door. */
export * from "./cli/plural.ts";
export * from "./clock.ts";
export * from "./config/write-host-port.ts";
export * from "./files/make-folder.ts";
export * from "./files/private-file.ts";
export * from "./files/read-file.ts";
export * from "./files/tls-files.ts";
export * from "./files/write-durably.ts";
export * from "./lifecycle/collect-garbage.ts";
export * from "./log/library-log.ts";
export * from "./log/log.ts";
export * from "./log/rate-limited.ts";
export * from "./metrics/figures.ts";
export * from "./sqlite/database-error.ts";
export * from "./sqlite/migrate.ts";
export * from "./sqlite/open-database.ts";
export * from "./station-error.ts";
export * from "./threads/in-process-pair.ts";
export * from "./threads/port.ts";
export * from "./threads/stop-threads.ts";
export * from "./threads/worker-thread.ts";
