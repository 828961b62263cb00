/** What a publisher is given where a test looks at nothing but the publisher: no store behind it, no history, a silent log.
 *  test → [surroundings] → factory.create */
import { createLog, systemClock } from "@nonreturn/station";
import type { PublisherSurroundings } from "../../../src/publishers/publisher.ts";

export function surroundings(publisher: string, more: Partial<PublisherSurroundings> = {}): PublisherSurroundings {
  return {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
    publisher,
    station: "it",
    dataFolder: "",
    openHistory: () => undefined,
    ...more,
  };
}
