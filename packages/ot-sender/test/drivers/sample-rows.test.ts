/** What drivers fill in, and what comes out. */
import { StatusCode, sampleAt } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { SampleRows } from "../../src/drivers/sample-rows.ts";

const PLAN = {
  tagIds: [30, 10, 20, 40],
  refused: [{ tagId: 40, path: "d", statusCode: StatusCode.BadConfigurationError, reason: "no such type" }],
  requests: [],
};

const samplesOf = (rows: SampleRows) => {
  const columns = rows.columns();
  return Array.from({ length: columns.count }, (_, row) => sampleAt(columns, row));
};

test("rows in any order, in the order of the plan; refused ones are Bad, and so is what the driver forgot", () => {
  const rows = new SampleRows(PLAN, 5, "samples");
  rows.good(2, "text", 7);
  rows.bad(0, StatusCode.BadTimeout, "no reply", 6);
  rows.good(0, -0, 8); // asked again
  expect(samplesOf(rows)).toEqual([
    { tagId: 30, value: -0, statusCode: StatusCode.Good, sourceTimestamp: 8 },
    { tagId: 10, value: null, statusCode: StatusCode.BadWaitingForInitialData, sourceTimestamp: 5 },
    { tagId: 20, value: "text", statusCode: StatusCode.Good, sourceTimestamp: 7 },
    { tagId: 40, value: null, statusCode: StatusCode.BadConfigurationError, sourceTimestamp: 5 },
  ]);
});

test("a value that is bad after all leaves nothing behind", () => {
  const rows = new SampleRows(PLAN, 5, "samples and raw");
  rows.good(1, 2n ** 60n, 6);
  rows.good(2, true, 6);
  rows.bad(1, StatusCode.BadDecodingError, "damaged", 7);
  rows.raw(2, "0001");
  rows.take(0, { tagId: 30, value: [1, 2], statusCode: StatusCode.UncertainInitialValue, sourceTimestamp: 3 }, "early");
  expect(rows.rawReadings()).toEqual([
    {
      sample: { tagId: 30, value: [1, 2], statusCode: StatusCode.UncertainInitialValue, sourceTimestamp: 3 },
      raw: "",
      reason: "early",
    },
    {
      sample: { tagId: 10, value: null, statusCode: StatusCode.BadDecodingError, sourceTimestamp: 7 },
      raw: "",
      reason: "damaged",
    },
    { sample: { tagId: 20, value: true, statusCode: StatusCode.Good, sourceTimestamp: 6 }, raw: "0001", reason: "" },
    {
      sample: { tagId: 40, value: null, statusCode: StatusCode.BadConfigurationError, sourceTimestamp: 5 },
      raw: "",
      reason: "no such type",
    },
  ]);
});
