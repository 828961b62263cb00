// violates thread-door-is-light
export * from "./config/load.ts";
export * from "./clock.ts";
