/** What every publisher's configuration has, whatever its type.
 *  YAML → [publisher config] → runner */
import { byteSizeBetween, durationBetween } from "@nonreturn/station";
import { z } from "zod";

/** Spread into each publisher's own strict object. */
export const commonFields = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "write a name of lower-case letters, digits, - and _, at most 64")
    .meta({ description: "Name in logs, figures and cursors. Changing it starts the publisher anew." }),
  startFrom: z
    .enum(["oldest", "now"])
    .prefault("oldest")
    .meta({ description: "Where it begins when it first runs: at the oldest stored block, or at what comes next." }),
  batchSamples: z.int().min(1).max(1_000_000).prefault(20_000).meta({ description: "Samples per call, at most." }),
  batchBytes: byteSizeBetween("1KiB", "64MiB")
    .prefault("4MiB")
    .meta({ description: "Sealed bytes read per call, about." }),
  deadline: durationBetween("100ms", "10min")
    .prefault("30s")
    .meta({ description: "A call that takes longer is given up and tried again." }),
  backlogFor: durationBetween("10min", "36500d").optional().meta({
    description:
      "What was recorded longer ago and is not published yet is dropped for this publisher, as a named gap; left out: as long as the store keeps it.",
  }),
  backlogSize: byteSizeBetween("1MiB", "100TB").optional().meta({
    description:
      "Beyond this size (sealed blocks not published yet) the oldest are dropped for this publisher, as a named gap; left out: as long as the store keeps them.",
  }),
  retryFirst: durationBetween("10ms", "1min")
    .prefault("500ms")
    .meta({ description: "Pause after the first failure; it doubles." }),
  retryLongest: durationBetween("100ms", "1h")
    .prefault("30s")
    .meta({ description: "Longest pause between two attempts." }),
} as const;

/** The common part of any publisher's validated configuration. */
export interface CommonPublisherConfig {
  readonly name: string;
  readonly type: string;
  readonly startFrom: "oldest" | "now";
  readonly batchSamples: number;
  readonly batchBytes: number;
  readonly deadline: number; // ms
  readonly backlogFor?: number | undefined; // ms
  readonly backlogSize?: number | undefined; // bytes
  readonly retryFirst: number; // ms
  readonly retryLongest: number; // ms
}
