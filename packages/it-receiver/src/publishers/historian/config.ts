/** What a user writes for the historian.
 *  YAML → [historian config] → historian */
import { byteSizeBetween, durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { commonFields } from "../publisher-config.ts";

export const historianConfig = z.strictObject({
  ...commonFields,
  type: z.literal("historian"),
  name: commonFields.name.prefault("historian"),
  keepFor: durationBetween("1h", "36500d")
    .optional()
    .meta({ description: "Samples older than this are removed; kept without end if left out." }),
  keepFiguresFor: durationBetween("1h", "36500d").optional().meta({
    description:
      "Minimum, maximum and averages by minute are kept so long, where keepFor has removed the samples; of tags with fewer than 30 samples a minute the samples. Left out: as long as the samples.",
  }),
  keepSize: byteSizeBetween("1MiB", "100TB")
    .optional()
    .meta({ description: "Beyond this size the oldest samples are removed; without bound if left out." }),
});
export type HistorianConfig = z.output<typeof historianConfig>;
