/** What both stations need to be a service, no more. */
export * from "./clock.ts";
export * from "./config/config-error.ts";
export * from "./config/host-port.ts";
export * from "./config/json-schema.ts";
export * from "./config/load-config.ts";
export * from "./config/quantity.ts";
export * from "./files/private-file.ts";
export * from "./files/write-durably.ts";
export * from "./log/log.ts";
export * from "./metrics/figures.ts";
export * from "./sqlite/database-error.ts";
export * from "./sqlite/migrate.ts";
export * from "./sqlite/open-database.ts";
export * from "./station-error.ts";
export * from "./threads/in-process-pair.ts";
export * from "./threads/port.ts";
export * from "./threads/worker-thread.ts";
