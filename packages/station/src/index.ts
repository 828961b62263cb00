/** What both stations need to be a service, no more. Worker threads import `@nonreturn/station/thread` instead (src/thread.ts). */
export * from "./cli/program.ts";
export * from "./config/config-error.ts";
export * from "./config/host-port.ts";
export * from "./config/json-schema.ts";
export * from "./config/load-config.ts";
export * from "./config/quantity.ts";
export * from "./control/control-request.ts";
export * from "./control/control-server.ts";
export * from "./http/http-server.ts";
export * from "./lifecycle/exit-code.ts";
export * from "./lifecycle/report-error.ts";
export * from "./lifecycle/run-station.ts";
export * from "./metrics/metrics-server.ts";
export * from "./metrics/prometheus.ts";
export * from "./thread.ts";
