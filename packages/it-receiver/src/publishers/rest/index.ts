/** REST as the registry knows it: the server that answers, and the push to an endpoint elsewhere.
 *  registry → [REST] */
import type { PublisherFactory } from "../publisher.ts";
import type { RestConfig } from "./config.ts";
import type { RestPushConfig } from "./push-config.ts";
import { PushPublisher } from "./push-publisher.ts";
import { RestPublisher } from "./rest-publisher.ts";

export const restFactory: PublisherFactory<RestConfig> = {
  name: "rest",
  wants: "current",
  farSide: "forgets",
  create: (config, surroundings) => new RestPublisher(config, surroundings),
};

export const restPushFactory: PublisherFactory<RestPushConfig> = {
  name: "rest-push",
  wants: "history",
  create: (config, { publisher, clock }) => new PushPublisher(config, publisher, clock),
};
