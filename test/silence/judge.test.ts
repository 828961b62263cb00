import { expect, test } from "vitest";
import { type ControlRun, framesByPhase, type HardenedRun, judge } from "./judge.ts";

const SILENT: HardenedRun = {
  framesByPhase: { up: 0, killed: 0 },
  framesBetween: 0,
  captureDropped: 0,
  receivedByOt: 0,
  sentByIt: 0,
  flow: { leftOt: { packets: 900, bytes: 90_000 }, reachedIt: { packets: 900, bytes: 90_000 } },
  receiveErrors: 0,
  refusedOut: 40,
  samples: { reported: 5000, missing: 0, repeated: 0, altered: 0, foreign: 0 },
  framesWithoutRules: 3,
};
const LOUD: ControlRun = { frames: 17, captureDropped: 0 };

test("silence, delivery, and a control that is not silent: no reason", () => {
  expect(judge(SILENT, LOUD)).toEqual([]);
});

const spoilt: [string, Partial<HardenedRun>, Partial<ControlRun>][] = [
  ['1 frames came back while "killed"', { framesByPhase: { up: 0, killed: 1 } }, {}],
  ["between the phases", { framesBetween: 1 }, {}],
  ["sender's interface counted 1", { receivedByOt: 1 }, {}],
  ["receiver's interface sent 1", { sentByIt: 1 }, {}],
  ["no traffic", { flow: { leftOt: { packets: 0, bytes: 0 }, reachedIt: { packets: 0, bytes: 0 } } }, {}],
  ["left the sender", { flow: { ...SILENT.flow, reachedIt: { packets: 899, bytes: 90_000 } } }, {}],
  ["left the sender", { flow: { ...SILENT.flow, reachedIt: { packets: 900, bytes: 89_999 } } }, {}],
  ["lost 2 datagrams", { receiveErrors: 2 }, {}],
  ["nothing was tried", { refusedOut: 0 }, {}],
  ["no sample", { samples: { ...SILENT.samples, reported: 0 } }, {}],
  ["1 samples missing", { samples: { ...SILENT.samples, missing: 1 } }, {}],
  ["1 samples repeated", { samples: { ...SILENT.samples, repeated: 1 } }, {}],
  ["1 samples altered", { samples: { ...SILENT.samples, altered: 1 } }, {}],
  ["1 samples foreign", { samples: { ...SILENT.samples, foreign: 1 } }, {}],
  ["it was blind", { framesWithoutRules: 0 }, {}],
  ["hardened: the capture missed NaN", { captureDropped: Number.NaN }, {}],
  ["control: the capture missed 1", {}, { captureDropped: 1 }],
  ["the run proves nothing", {}, { frames: 0 }],
];
test.each(spoilt)("%s: one reason, and the run fails", (reason, hardened, control) => {
  expect(judge({ ...SILENT, ...hardened }, { ...LOUD, ...control })).toEqual([expect.stringContaining(reason)]);
});

test("frames are counted into the phase they came in, and none is lost between phases", () => {
  const phases = [
    { name: "up", fromMs: 0, untilMs: 10 },
    { name: "down", fromMs: 12, untilMs: 20 },
  ];
  const frames = [0, 10, 11, 12, 21].map((timeMs) => ({ timeMs, text: "" }));
  expect(framesByPhase(frames, phases)).toEqual({ counts: { up: 2, down: 1 }, between: 2 });
});
