/** What a user writes about a device: the common keys, the driver's own, and its tags.
 *  YAML → [device section] → device settings */
import { z } from "zod";
import type { DriverFactory } from "../drivers/driver.ts";
import { DRIVERS } from "../drivers/registry.ts";
import { maximumSilence, type RawTag, tagShape } from "./tag-section.ts";

const TAGS_PER_DEVICE = 200_000;

const deviceShape = {
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: "contains a character that cannot be seen; remove it" })
    .meta({ description: "of the device, as the station names it", examples: ["boiler-1"] }),
  enabled: z.boolean().default(true),
  path: z
    .string()
    .optional()
    .meta({ description: "put before the path of each of its tags", examples: ["hamburg/boiler-house/boiler-1"] }),
  timezone: z
    .string()
    .refine(isTimezone, { error: 'is no time zone; write an IANA name such as "Europe/Berlin"' })
    .default("UTC")
    .meta({ description: "of the device's own clock, where its timestamps name none" }),
  scanClass: z
    .string()
    .optional()
    .meta({ description: "of tags that name none; the first of scanClasses named normal, or the first" }),
  maximumSilence: maximumSilence.optional(),
} satisfies z.ZodRawShape;

const device = z.object(deviceShape);

/** A device as parsed, driver's keys included. */
export type RawDevice = z.output<typeof device> &
  Readonly<Record<string, unknown>> & { readonly driver: string; readonly tags: readonly RawTag[] };

function deviceSectionOf(factory: DriverFactory) {
  return z.strictObject({
    ...deviceShape,
    driver: z.literal(factory.name),
    ...factory.deviceShape,
    tags: z
      .array(z.strictObject({ ...tagShape, ...factory.tagShape }))
      .max(TAGS_PER_DEVICE)
      .default([]),
  });
}

const [first, ...others] = [...DRIVERS.values()].map(deviceSectionOf);
if (first === undefined) throw new RangeError("the registry has no drivers");

export const deviceSection = z.discriminatedUnion("driver", [first, ...others]);

type Keys = Readonly<Record<string, unknown>>;

/** Asked for every tag. */
const tagKeys: ReadonlyMap<DriverFactory, readonly string[]> = new Map(
  [...DRIVERS.values()].map((factory) => [factory, Object.keys(factory.tagShape)]),
);
/** Of most tags, and of all of them together. */
const NOTHING: Keys = Object.freeze({});

/** The keys that the driver declared. */
export function driverKeysOf(factory: DriverFactory, raw: RawDevice): Keys {
  return pick(raw, Object.keys(factory.deviceShape));
}

/** Those of a tag: only what the user wrote. */
export function driverTagKeysOf(factory: DriverFactory, raw: RawTag): Keys {
  return pick(raw, tagKeys.get(factory) ?? Object.keys(factory.tagShape));
}

function pick(raw: Keys, keys: readonly string[]): Keys {
  let picked: Record<string, unknown> | undefined;
  for (const key of keys) {
    const value = raw[key];
    if (value === undefined) continue;
    picked ??= {};
    picked[key] = value;
  }
  return picked ?? NOTHING;
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
