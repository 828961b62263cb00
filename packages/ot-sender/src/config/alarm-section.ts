/** What a user writes about the alarms of a tag.
 *  YAML → [alarm section] → resolve alarms */
import { durationBetween, percent } from "@nonreturn/station";
import { z } from "zod";

/** In the whole station: each of them may wait for the journal. */
export const ALARMS_PER_STATION = 200_000;

const deadband = z
  .union([
    z.number().nonnegative({ error: "a deadband is 0 or more; write 0.5 or 1%" }),
    percent.transform((share) => ({ percentOfRange: share })),
  ])
  .optional()
  .meta({ description: "an alarm ends only so far inside its limit: engineering units, or percent of range" });

const delay = durationBetween("0ms", "1d").optional();

const common = {
  severity: z.int().min(1).max(1000).optional().meta({ description: "1 to 1000, as OPC UA counts" }),
  text: z
    .string()
    .max(500)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: "contains a character that cannot be seen; remove it" })
    .optional()
    .meta({ description: "what an operator reads; made of the limit if left out" }),
  delay: delay.meta({ description: "the condition must last so long before the alarm is active" }),
  offDelay: delay.meta({ description: "and must be gone so long before it is not" }),
} satisfies z.ZodRawShape;

const limitShape = { limit: z.number(), deadband, ...common };

const limitAlarm = z.strictObject(limitShape).meta({ id: "AlarmLimit" });
/** A limit alone, or with what else it has. */
const limit = z
  .union([z.number().transform((value): z.output<typeof limitAlarm> => ({ limit: value })), limitAlarm])
  .optional();

const one = z.union([z.boolean(), z.number(), z.string().max(200)]);

const discreteAlarm = z.strictObject({
  when: z
    .union([one, z.array(one).min(1).max(100)])
    .meta({ description: "the alarm is active while the value is this, or one of these", examples: [true, [3, 4]] }),
  ...common,
});
const discrete = z
  .union([z.boolean().transform((value): z.output<typeof discreteAlarm> => ({ when: value })), discreteAlarm])
  .optional();

const rateOfChange = z
  .strictObject({
    ...limitShape,
    limit: z.number().positive({ error: "a rate is above 0; write direction: falling for falling values" }),
    per: z.enum(["second", "minute", "hour"]).default("second").meta({ description: "unit of time of the limit" }),
    window: durationBetween("100ms", "1h")
      .prefault("10s")
      .meta({ description: "the change is taken over this time, at least two scans" }),
    direction: z.enum(["both", "rising", "falling"]).default("both"),
  })
  .optional();

export const alarmsSection = z
  .strictObject({
    hiHi: limit.meta({ description: "active above this limit: HighHigh", examples: [95] }),
    hi: limit.meta({ description: "active above this limit: High", examples: [{ limit: 90, severity: 500 }] }),
    lo: limit.meta({ description: "active below this limit: Low" }),
    loLo: limit.meta({ description: "active below this limit: LowLow" }),
    discrete: discrete.meta({ description: "active while the value is one of some", examples: [true] }),
    rateOfChange: rateOfChange.meta({ description: "active while the value changes faster than this" }),
    deadband,
    delay: delay.meta({ description: "of the alarms of this tag that say nothing else" }),
    offDelay: delay.meta({ description: "of the alarms of this tag that say nothing else" }),
  })
  .meta({ id: "Alarms" });

export type RawAlarms = z.output<typeof alarmsSection>;
