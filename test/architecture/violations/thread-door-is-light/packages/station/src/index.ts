export * from "./config/load.ts";
