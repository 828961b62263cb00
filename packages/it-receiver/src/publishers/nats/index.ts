/** NATS JetStream as the registry knows it.
 *  registry → [NATS] */
import type { PublisherFactory } from "../publisher.ts";
import { type NatsConfig, natsConfig } from "./config.ts";
import { NatsPublisher } from "./nats-publisher.ts";

export const natsFactory: PublisherFactory<NatsConfig> = {
  name: "nats",
  wants: "history",
  config: natsConfig,
  create: (config, { publisher }) => new NatsPublisher(config, publisher),
};
