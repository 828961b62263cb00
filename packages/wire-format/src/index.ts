/** What crosses the link, byte by byte. Pure: no sockets, files, timers, clock or randomness. */
export * from "./batch/batch.ts";
export * from "./block/block-header.ts";
export * from "./sample/sample.ts";
export * from "./sample/sample-columns.ts";
export * from "./wire-error.ts";
