/** NATS JetStream as the registry knows it.
 *  registry → [NATS] */
import type { PublisherFactory } from "../publisher.ts";
import type { NatsConfig } from "./config.ts";
import { NatsPublisher } from "./nats-publisher.ts";

export const natsFactory: PublisherFactory<NatsConfig> = {
  name: "nats",
  wants: "history",
  create: (config, { publisher }) => new NatsPublisher(config, publisher),
};
