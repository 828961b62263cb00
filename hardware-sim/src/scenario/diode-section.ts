/** What a scenario can say about the diode.
 *  scenario YAML → [diode section] → startDiode */
import { byteSize, dataRate, duration, durationBetween, hostPort, percent } from "@nonreturn/station";
import { z } from "zod";

/** "2%" → 0.02. */
const share = percent.transform((value) => value / 100);

const BURST_LENGTH = /^([1-9]\d*(?:\.\d+)?)\s*(datagrams|ms)$/;

/** "10 datagrams" or "8ms": the mean length of a burst and the clock it runs on. */
const noBurstLength = {
  error: (issue: { readonly input?: unknown }) =>
    `${JSON.stringify(issue.input)} is no burst length; write it like "10 datagrams" or "8ms"`,
};
const burstLength = z
  .string(noBurstLength)
  .regex(BURST_LENGTH, noBurstLength)
  .meta({ description: "mean length of a burst, in ms or in datagrams", examples: ["8ms", "10 datagrams"] })
  .transform((text) => {
    const [, length = "1", clock = "ms"] = BURST_LENGTH.exec(text) ?? [];
    return { length: Number(length), clock: clock === "ms" ? ("ms" as const) : ("datagrams" as const) };
  });

const burst = z
  .strictObject({
    share: share.meta({ description: "share of the time (or of the datagrams) spent in the bad state" }),
    mean: burstLength,
    lossInBad: share.prefault("100%"),
    lossInGood: share.prefault("0%"),
  })
  .refine(({ share }) => share < 1, {
    path: ["share"],
    message: "a link that is always bad has no bursts; write a share below 100%",
  })
  .refine(({ share, mean }) => mean.clock === "ms" || share / ((1 - share) * mean.length) <= 1, {
    path: ["mean"],
    message: "bursts this short cannot fill that share; write a longer mean or a smaller share",
  });

/** Everything that can be changed while the diode runs (`POST /impairments`). Left out means: does not happen. */
export const impairmentsSection = z.strictObject({
  loss: share.prefault("0%").meta({ description: "independent loss of each datagram" }),
  burst: burst.optional().meta({ description: "bursty loss (Gilbert–Elliott)" }),
  reorder: z.strictObject({ share, window: duration }).optional(),
  duplicate: z.strictObject({ share, delay: duration.prefault("0ms") }).optional(),
  corrupt: z.strictObject({ share, bits: z.int().min(1).max(64).default(1) }).optional(),
  truncate: share.prefault("0%"),
  rate: z
    .strictObject({
      limit: dataRate.refine((bits) => bits > 0, "a rate of 0 lets nothing through; write a blackout instead"),
      queue: byteSize.prefault("256KiB").meta({ description: "what may wait; more is dropped (tail drop)" }),
      overhead: byteSize.prefault("66B").meta({
        description: "added to each datagram: UDP, IPv4 and Ethernet with its gap; 0B counts the payload only",
      }),
    })
    .optional(),
  latency: z.strictObject({ fixed: duration.prefault("0ms"), jitter: duration.prefault("0ms") }).optional(),
});

const blackoutWindow = z
  .strictObject({
    at: duration.meta({ description: "since the start of the diode" }),
    for: durationBetween("1ms", "7d"),
    every: durationBetween("1ms", "7d").optional().meta({ description: "again and again, counted from `at`" }),
  })
  .refine((window) => window.every === undefined || window.every > window.for, {
    path: ["every"],
    message: "a blackout that comes again before it is over never ends; write `every` longer than `for`",
  });

export const diodeSection = z.strictObject({
  listen: hostPort
    .prefault("127.0.0.1:47001")
    .meta({ description: "where the OT station sends to; port 0 takes a free one" }),
  target: hostPort
    .refine(({ port }) => port > 0, "datagrams cannot be sent to port 0; write the IT station's port")
    .meta({ description: "where the IT station listens" }),
  receiveBuffer: byteSize.prefault("8MiB").meta({ description: "asked of the kernel for the receiving socket" }),
  inFlight: byteSize
    .prefault("64MiB")
    .meta({ description: "bytes that may be inside the diode at once; more is dropped" }),
  impairments: impairmentsSection.prefault({}),
  blackouts: z.array(blackoutWindow).max(1000).default([]),
});

export type ImpairmentSettings = z.output<typeof impairmentsSection>;
export type DiodeSettings = z.output<typeof diodeSection>;
