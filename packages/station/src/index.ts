/** What both stations need to be a service, no more. */
export * from "./clock.ts";
export * from "./station-error.ts";
