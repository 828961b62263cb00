/** The historian as the registry knows it.
 *  registry → [historian] */
import type { PublisherFactory } from "../publisher.ts";
import { type HistorianConfig, historianConfig } from "./config.ts";
import { COMPACTION, HistorianPublisher } from "./historian-publisher.ts";
import { historianPath } from "./schema.ts";

export const historianFactory: PublisherFactory<HistorianConfig> = {
  name: "historian",
  wants: "history",
  config: historianConfig,
  create: (config, { clock, log, publisher, dataFolder }) =>
    new HistorianPublisher({
      path: historianPath(dataFolder),
      publisher,
      keepForMs: config.keepFor,
      keepBytes: config.keepSize,
      compaction: COMPACTION,
      clock,
      log,
    }),
};
