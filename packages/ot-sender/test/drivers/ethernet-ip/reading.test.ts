/** A controller's word counts with every reply: what was learnt of one must not be believed of the next. */
import { systemClock } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { planTags } from "../../../src/drivers/ethernet-ip/plan.ts";
import { readTagBytes } from "../../../src/drivers/ethernet-ip/read-reply.ts";
import { Reading } from "../../../src/drivers/ethernet-ip/reading.ts";
import { configOf, hex, tagsAt } from "./ethernet-ip-fixture.ts";

/** What becomes of replies to the one read of these tags, one after the other. */
function readingsOf(tags: readonly string[], replies: readonly string[]) {
  const plan = planTags(tagsAt(...tags), configOf(), () => ({ capacity: 500, services: "many" }));
  expect(plan.reads.active).toHaveLength(1);
  return replies.map((reply) => {
    const reading = new Reading(plan, systemClock, "samples and raw");
    reading.takeReply(plan.reads.active[0]!, readTagBytes(hex(reply)), 1);
    return reading
      .rawReadings()
      .map(({ sample, reason }) => (sample.statusCode === StatusCode.Good ? sample.value : reason));
  });
}

test("a tag that was deleted and made anew with another type, and back", () => {
  expect(readingsOf(["Speed INT32"], ["C400 2A000000", "CA00 0000C842", "C300 2A00", "C400 2B000000"])).toEqual([
    [42],
    ["the tag is a REAL, not INT32; write type: FLOAT32"],
    ["the tag is a INT, not INT32; write type: INT16"],
    [43],
  ]);
});

test("replies that are too short or too long, between good ones", () => {
  expect(
    readingsOf(
      ["Level[1] INT16", "Level[3] INT16"],
      ["C300 0100 0200 0300", "C300 0100 0200", "C300 0100 0200 0300 0400", "C300 0500 0600 0700"],
    ),
  ).toEqual([
    [1, 3],
    Array.from({ length: 2 }, () => "damaged reply: 4 bytes where 3 elements were asked for"),
    Array.from({ length: 2 }, () => "damaged reply: 8 bytes where 3 elements were asked for"),
    [5, 7],
  ]);
});

test("text whose length is another each time", () => {
  expect(readingsOf(["Name STRING"], ["DA00 03 414243", "DA00 01 44", "DA00 05 44", "DA00 00"])).toEqual([
    ["ABC"],
    ["D"],
    ["the bytes are no such text"],
    [""],
  ]);
});

test("bits of one integer, of another width each time", () => {
  expect(
    readingsOf(["Word.0 BOOLEAN", "Word.9 BOOLEAN"], ["C400 01020000", "C300 0002", "C200 01", "C400 00000000"]),
  ).toEqual([
    [true, true],
    [false, true],
    [true, "a SINT has no bit 9; write 0 to 7"],
    [false, false],
  ]);
});
