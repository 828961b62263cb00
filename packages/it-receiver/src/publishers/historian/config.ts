/** What a user writes for the historian.
 *  YAML → [historian config] → historian */
import { byteSizeBetween, durationBetween, removedKeys } from "@nonreturn/station";
import { z } from "zod";
import { commonFields } from "../publisher-config.ts";

export const historianConfig = z.strictObject(
  {
    ...commonFields,
    type: z.literal("historian"),
    name: commonFields.name.prefault("historian"),
    keepFor: durationBetween("1h", "36500d")
      .prefault("90d")
      .meta({ description: "Samples are kept so long, by quarters of a day; their minutes and hours stay." }),
    keepMinutesFor: durationBetween("1h", "36500d")
      .prefault("400d")
      .meta({ description: "Minimum, maximum, averages and what was missing, by minute, are kept so long." }),
    keepHoursFor: durationBetween("1h", "36500d").prefault("3650d").meta({ description: "The same by hour." }),
    keepAlarmsFor: durationBetween("1h", "36500d")
      .prefault("3650d")
      .meta({ description: "Alarm events are kept so long; one that says what is active now, always." }),
    keepSize: byteSizeBetween("1MiB", "100TB").optional().meta({
      description:
        "Beyond this size the oldest samples are removed, then minutes, hours and alarms, with a warning; without bound if left out.",
    }),
  },
  removedKeys({
    keepFiguresFor:
      "is gone: figures by minute and by hour are kept by keys of their own; write keepMinutesFor and keepHoursFor",
  }),
);
export type HistorianConfig = z.output<typeof historianConfig>;
