/** OPC UA as the registry knows it.
 *  registry → [OPC UA] */
import type { PublisherFactory } from "../publisher.ts";
import type { OpcuaConfig } from "./config.ts";
import { OpcuaPublisher } from "./opcua-publisher.ts";

export const opcuaFactory: PublisherFactory<OpcuaConfig> = {
  name: "opcua",
  wants: "current",
  farSide: "forgets",
  create: (config, surroundings) => new OpcuaPublisher(config, surroundings),
};
