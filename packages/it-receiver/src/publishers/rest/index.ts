/** REST as the registry knows it.
 *  registry → [REST] */
import type { PublisherFactory } from "../publisher.ts";
import { type RestConfig, restConfig } from "./config.ts";
import { RestPublisher } from "./rest-publisher.ts";

export const restFactory: PublisherFactory<RestConfig> = {
  name: "rest",
  wants: "current",
  farSide: "forgets",
  config: restConfig,
  create: (config, surroundings) => new RestPublisher(config, surroundings),
};
