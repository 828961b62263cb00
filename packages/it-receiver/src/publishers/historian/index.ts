/** The historian as the registry, SQL and the console know it.
 *  registry, sql → [historian] */
import type { PublisherFactory } from "../publisher.ts";
import type { HistorianConfig } from "./config.ts";
import { COMPACTION, HistorianPublisher } from "./historian-publisher.ts";
import { historianPath } from "./schema.ts";

export const historianFactory: PublisherFactory<HistorianConfig> = {
  name: "historian",
  wants: "history",
  create: (config, { clock, log, publisher, dataFolder }) =>
    new HistorianPublisher({
      path: historianPath(dataFolder),
      publisher,
      keep: {
        samplesMs: config.keepFor,
        // What is coarser is kept at least as long as what it is made of.
        minutesMs: Math.max(config.keepFor, config.keepMinutesFor),
        hoursMs: Math.max(config.keepFor, config.keepMinutesFor, config.keepHoursFor),
        alarmsMs: config.keepAlarmsFor,
        bytes: config.keepSize,
      },
      compaction: COMPACTION,
      clock,
      log,
    }),
};

/** The read side. */
export { EVENT_VIEWS } from "./event-schema.ts";
export { SAMPLE_COLUMNS, type SqlValue, sqlRowOf } from "./map-sample.ts";
export {
  type HistorianTag,
  type HistoricalSample,
  type HistoryQuery,
  type HistoryRange,
  HistoryReader,
  openHistoryReader,
} from "./read-history.ts";
export { REMOVAL_VIEW } from "./removals.ts";
export { historianPath };
