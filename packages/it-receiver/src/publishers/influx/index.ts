/** InfluxDB as the registry knows it.
 *  registry → [InfluxDB] */
import type { PublisherFactory } from "../publisher.ts";
import type { InfluxConfig } from "./config.ts";
import { InfluxPublisher } from "./influx-publisher.ts";

export const influxFactory: PublisherFactory<InfluxConfig> = {
  name: "influx",
  wants: "history",
  create: (config, { publisher, clock }) => new InfluxPublisher(config, publisher, clock),
};
