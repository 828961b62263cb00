import { type Sample, SampleColumnsBuilder, StatusCode, sampleAt, type Value } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differs } from "../../src/report/deadband.ts";
import { ReportByException } from "../../src/report/report-by-exception.ts";

describe("deadband", () => {
  test.each<[Value | null, Value | null, number, boolean]>([
    [1, 1, 0, false],
    [1, 1.0000000001, 0, true],
    [0, -0, 0, true], // bits, not arithmetic
    [0, -0, 0.1, false],
    [Number.NaN, Number.NaN, 0, false],
    [1, Number.NaN, 5, true],
    [Number.NaN, 1, 5, true],
    [1, Number.POSITIVE_INFINITY, 5, true],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 5, false],
    [10, 10.5, 0.5, false], // up to the deadband
    [10, 10.6, 0.5, true],
    [10, 9.4, 0.5, true],
    [2n ** 63n, 2n ** 63n + 1n, 0, true],
    [2n ** 63n, 2n ** 63n + 1n, 1, false],
    [2n ** 63n, 2n ** 63n - 2n, 1.5, true],
    [1, 1n, 0, true], // another type is another value
    [true, true, 0, false],
    [true, false, 9, true],
    ["a", "a", 0, false],
    ["a", "A", 0, true],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2), 0, false],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 3), 0, true],
    [Uint8Array.of(1, 2), Uint8Array.of(1), 0, true],
    [[1, 2], [1, 2], 0, false],
    [[1, 2], [1, 2.4], 0.5, false],
    [[1, 2], [1, 2.6], 0.5, true],
    [[1, 2], [1, 2, 3], 9, true],
    [null, null, 0, false],
    [null, 1, 0, true],
    [1, null, 9, true],
  ])("%s, then %s, deadband %d: %s", (before, now, deadband, expected) => {
    expect(differs(before, now, deadband)).toBe(expected);
  });
});

/** Offers values one second apart, and tells which were reported. */
function reporter(deadband: number, maximumSilenceMs: number) {
  const report = new ReportByException([{ tagId: 7, deadband, maximumSilenceMs }]);
  let nowMs = 0;
  return {
    report,
    offer(value: Value | null, statusCode: number = StatusCode.Good): boolean {
      const into = new SampleColumnsBuilder();
      nowMs += 1000;
      report.offer({ tagId: 7, value, statusCode, sourceTimestamp: nowMs }, { nowMs, nextLookMs: 1000 }, into);
      return into.count === 1;
    },
  };
}

describe("report by exception", () => {
  test("the first sample, every change, every change of status", () => {
    const { report, offer } = reporter(0, 0);
    expect(offer(1)).toBe(true);
    expect(offer(1)).toBe(false);
    expect(offer(2)).toBe(true);
    expect(offer(2, StatusCode.UncertainLastUsableValue)).toBe(true);
    expect(offer(null, StatusCode.BadTimeout)).toBe(true);
    expect(offer(null, StatusCode.BadTimeout)).toBe(false);
    expect(offer(null, StatusCode.BadNoCommunication)).toBe(true);
    expect(offer(2)).toBe(true);
    expect([report.samplesRead, report.samplesReported]).toEqual([8, 6]);
  });

  test("the first sample is reported even if it is a Bad one", () => {
    expect(reporter(0, 0).offer(null, StatusCode.BadTimeout)).toBe(true);
  });

  test("a slow drift is seen: the deadband is around what was reported, not around what was read", () => {
    const { offer } = reporter(1, 0);
    expect([10, 10.4, 10.8, 11.2, 11.6, 12, 12.4].map((value) => offer(value))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  test("an unchanged value is repeated so that it is never silent for longer than allowed", () => {
    const { offer } = reporter(0, 3000);
    // After 2 s: the next look would be after 3 s and a little.
    expect(Array.from({ length: 7 }, () => offer(5))).toEqual([true, false, true, false, true, false, true]);
  });

  test("silence shorter than the scan period reports every scan", () => {
    const { offer } = reporter(0, 500);
    expect([offer(5), offer(5), offer(5)]).toEqual([true, true, true]);
  });

  test("drivers that deliver only changes: silent tags are repeated as they were", () => {
    const report = new ReportByException([
      { tagId: 1, deadband: 0, maximumSilenceMs: 3000 },
      { tagId: 2, deadband: 0, maximumSilenceMs: 0 },
      { tagId: 3, deadband: 0, maximumSilenceMs: 3000 },
    ]);
    const first = new SampleColumnsBuilder();
    const at = (nowMs: number) => ({ nowMs, nextLookMs: 1000 });
    for (const tagId of [1, 2]) report.offer({ tagId, value: "x", statusCode: 0, sourceTimestamp: 17 }, at(0), first);
    const repeated = new SampleColumnsBuilder();
    report.repeatSilent([1, 2, 3], at(1999), repeated);
    expect(repeated.count).toBe(0);
    report.repeatSilent([1, 2, 3], at(2000), repeated);
    expect(repeated.count).toBe(1);
    expect(sampleAt(repeated.take(), 0)).toEqual({ tagId: 1, value: "x", statusCode: 0, sourceTimestamp: 17 });
  });

  test.each([0, 0.5])("rows of columns are judged as samples are, deadband %d", (deadband) => {
    const value = fc.oneof(
      fc.constantFrom(null, true, false, 0, -0, 1, 1.4, 2, Number.NaN, Number.POSITIVE_INFINITY),
      fc.constantFrom("1", "two", 1n, Uint8Array.of(1), [1, 2], [1, 2.2]),
    );
    const status = fc.constantFrom<number>(StatusCode.Good, StatusCode.BadTimeout, StatusCode.UncertainLastUsableValue);
    const reads = fc.array(fc.array(fc.tuple(value, status), { minLength: 3, maxLength: 3 }), { maxLength: 12 });
    fc.assert(
      fc.property(reads, (scans) => {
        const tags = [9, 7, 8].map((tagId) => ({ tagId, deadband, maximumSilenceMs: tagId === 8 ? 3000 : 0 }));
        const [bySample, byRow] = [new ReportByException(tags), new ReportByException(tags)];
        for (const [scan, values] of scans.entries()) {
          const instant = { nowMs: scan * 1000, nextLookMs: 1000 };
          const [read, fromSamples, fromRows] = Array.from({ length: 3 }, () => new SampleColumnsBuilder(1)) as [
            SampleColumnsBuilder,
            SampleColumnsBuilder,
            SampleColumnsBuilder,
          ];
          for (const [at, [value, statusCode]] of values.entries())
            read.push(7 + at, value, statusCode, scan * 1e6 + at);
          const columns = read.take();
          for (let row = 0; row < columns.count; row++) {
            bySample.offer(sampleAt(columns, row), instant, fromSamples);
            byRow.offerRow(columns, row, instant, fromRows);
          }
          expect(fromRows.take()).toEqual(fromSamples.take());
          for (const { tagId } of tags) expect(byRow.lastRead(tagId)).toEqual(bySample.lastRead(tagId));
        }
        expect(byRow.samplesReported).toBe(bySample.samplesReported);
        expect(byRow.samplesRead).toBe(scans.length * 3);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("samples made by the station are reported but not counted as read", () => {
    const report = new ReportByException([{ tagId: 1, deadband: 0, maximumSilenceMs: 0 }]);
    const into = new SampleColumnsBuilder();
    report.offerUnread(
      { tagId: 1, value: null, statusCode: StatusCode.BadNoCommunication, sourceTimestamp: 1 },
      { nowMs: 0, nextLookMs: 0 },
      into,
    );
    expect([report.samplesRead, report.samplesReported, into.count]).toEqual([0, 1, 1]);
  });

  test("unknown and repeated tags are mistakes of ours", () => {
    const tag = { tagId: 1, deadband: 0, maximumSilenceMs: 0 };
    expect(() => new ReportByException([tag, tag])).toThrow(RangeError);
    const sample: Sample = { tagId: 2, value: 1, statusCode: 0, sourceTimestamp: 0 };
    expect(() =>
      new ReportByException([tag]).offer(sample, { nowMs: 0, nextLookMs: 0 }, new SampleColumnsBuilder()),
    ).toThrow(RangeError);
  });

  test("current values: the last read of each tag, of every kind, in slices", () => {
    const values: (Value | null)[] = [1.5, true, 2n ** 60n, "é", Uint8Array.of(9), [1, 2], null];
    const report = new ReportByException(values.map((_, tagId) => ({ tagId, deadband: 100, maximumSilenceMs: 0 })));
    const into = new SampleColumnsBuilder();
    const offer = (tagId: number, value: Value | null) =>
      report.offer(
        { tagId, value, statusCode: value === null ? StatusCode.BadTimeout : 0, sourceTimestamp: tagId },
        { nowMs: 0, nextLookMs: 0 },
        into,
      );
    for (const [tagId, value] of values.entries()) if (tagId !== 3) offer(tagId, value);
    offer(0, 2.5); // within the deadband: not reported, but current
    const seen: Sample[] = [];
    for (let from: number | undefined = 0; from !== undefined; ) {
      const part = report.currentValues(from, 3);
      for (let row = 0; row < part.samples.count; row++) seen.push(sampleAt(part.samples, row));
      from = part.next;
    }
    expect(seen.map(({ tagId, value }) => [tagId, value])).toEqual([
      [0, 2.5],
      [1, true],
      [2, 2n ** 60n],
      [4, Uint8Array.of(9)],
      [5, [1, 2]],
      [6, null],
    ]);
    expect(seen.at(-1)?.statusCode).toBe(StatusCode.BadTimeout);
  });

  test("tags come, go and change one by one; of the others nothing is lost", () => {
    const report = new ReportByException([1, 2, 3].map((tagId) => ({ tagId, deadband: 0, maximumSilenceMs: 0 })));
    const into = new SampleColumnsBuilder();
    const offer = (tagId: number, value: Value): number => {
      const before = report.samplesReported;
      report.offer({ tagId, value, statusCode: 0, sourceTimestamp: 5 }, { nowMs: 0, nextLookMs: 0 }, into);
      return report.samplesReported - before;
    };
    const put = (tagId: number, carried: "all" | "read" | "nothing", deadband = 0): void =>
      report.put({ tagId, deadband, maximumSilenceMs: 0, carried });
    const read = (tagId: number) => report.lastRead(tagId)?.value;
    for (const tagId of [1, 2, 3]) expect(offer(tagId, `value ${tagId}`)).toBe(1);

    report.remove(2);
    expect([read(1), read(2), read(3)]).toEqual(["value 1", undefined, "value 3"]);
    expect(() => offer(2, 1)).toThrow(RangeError);
    put(9, "all"); // into the row of the tag that is gone
    expect(read(9)).toBeUndefined();
    expect(offer(9, 7)).toBe(1);
    for (let tagId = 100; tagId < 150; tagId++) put(tagId, "nothing");
    expect([...report.tagIds()].toSorted((a, b) => a - b)).toEqual([
      1,
      3,
      9,
      ...Array.from({ length: 50 }, (_, at) => 100 + at),
    ]);
    expect([read(1), read(9), read(3), read(149)]).toEqual(["value 1", 7, "value 3", undefined]);
    expect([offer(1, "value 1"), offer(9, 7), offer(3, "value 3")]).toEqual([0, 0, 0]);

    put(9, "all", 10);
    expect([offer(9, 8), offer(9, 30)]).toEqual([0, 1]);
    put(9, "read", 10);
    expect([read(9), offer(9, 30)]).toEqual([30, 1]);
    put(3, "nothing");
    expect([read(3), offer(3, "value 3")]).toEqual([undefined, 1]);
    expect(report.currentValues(0, 2)).toMatchObject({ samples: { count: 2 }, next: expect.any(Number) });
    const all = report.currentValues(0, 1000);
    expect([all.samples.count, all.next]).toEqual([3, undefined]);
  });

  test("a hundred thousand tags take 8 MB, what the index outgrew included", () => {
    const tags = Array.from({ length: 100_000 }, (_, tagId) => ({ tagId, deadband: 0, maximumSilenceMs: 60_000 }));
    const before = process.memoryUsage().arrayBuffers;
    const report = new ReportByException(tags);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(81 * 100_000);
    expect(report.currentValues(0, 100_000).samples.count).toBe(0);
  });
});
