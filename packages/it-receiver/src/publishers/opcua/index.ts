/** OPC UA as the registry knows it.
 *  registry → [OPC UA] */
import type { PublisherFactory } from "../publisher.ts";
import { type OpcuaConfig, opcuaConfig } from "./config.ts";
import { OpcuaPublisher } from "./opcua-publisher.ts";

export const opcuaFactory: PublisherFactory<OpcuaConfig> = {
  name: "opcua",
  wants: "current",
  farSide: "forgets",
  config: opcuaConfig,
  create: (config, surroundings) => new OpcuaPublisher(config, surroundings),
};
