import { type Sample, StatusCode, type Value } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { type CalculatedTag, Calculations } from "../../src/tag/calculations.ts";
import { parseExpression } from "../../src/tag/expression.ts";

function calculated(
  tagId: number,
  text: string,
  inputs: Record<string, number>,
  dataType: "FLOAT64" | "BOOLEAN" = "FLOAT64",
): CalculatedTag {
  const expression = parseExpression(text);
  if ("mistake" in expression) throw new Error(expression.mistake);
  return { tagId, expression, inputs: new Map(Object.entries(inputs)), dataType };
}
const sample = (
  tagId: number,
  value: Value | null,
  sourceTimestamp = 1,
  statusCode: number = StatusCode.Good,
): Sample => ({
  tagId,
  value,
  statusCode,
  sourceTimestamp,
});

describe("calculated tags", () => {
  test("are the result of their inputs' latest samples, with the latest timestamp", () => {
    const calculations = new Calculations([calculated(10, "a / b", { a: 1, b: 2 })]);
    calculations.note(sample(1, 6, 100));
    expect([...calculations.results()]).toEqual([sample(10, null, 100, StatusCode.BadWaitingForInitialData)]);
    calculations.note(sample(2, 3n, 50));
    calculations.note(sample(9, 1, 900)); // nobody's input
    expect([...calculations.results()]).toEqual([sample(10, 2, 100)]);
    expect([...calculations.results()]).toEqual([]);
    calculations.again(2);
    expect([...calculations.results()]).toEqual([sample(10, 2, 100)]);
  });

  test("of calculated tags come in order, each once", () => {
    const calculations = new Calculations([
      calculated(10, "a + 1", { a: 1 }),
      calculated(11, "a * 2", { a: 1 }),
      calculated(12, "x + y", { x: 10, y: 11 }),
    ]);
    calculations.note(sample(1, 5));
    expect([...calculations.results()].map(({ tagId, value }) => [tagId, value])).toEqual([
      [10, 6],
      [11, 10],
      [12, 16],
    ]);
  });

  test("a bad input makes a bad result, with its status; an uncertain one an uncertain result", () => {
    const calculations = new Calculations([
      calculated(10, "a + b", { a: 1, b: 2 }),
      calculated(11, "x > 1", { x: 10 }, "BOOLEAN"),
    ]);
    calculations.note(sample(1, 1, 1, StatusCode.UncertainEngineeringUnitsExceeded));
    calculations.note(sample(2, null, 2, StatusCode.BadNoCommunication));
    expect([...calculations.results()]).toEqual([
      sample(10, null, 2, StatusCode.BadNoCommunication),
      sample(11, null, 2, StatusCode.BadNoCommunication),
    ]);
    calculations.note(sample(2, 4, 3));
    expect([...calculations.results()]).toEqual([
      sample(10, 5, 3, StatusCode.UncertainEngineeringUnitsExceeded),
      sample(11, true, 3, StatusCode.UncertainEngineeringUnitsExceeded),
    ]);
  });

  test("what cannot be calculated is Bad, and says which way", () => {
    const calculations = new Calculations([
      calculated(10, "a / b", { a: 1, b: 2 }),
      calculated(11, "a > b", { a: 1, b: 2 }),
    ]);
    calculations.note(sample(1, 1));
    calculations.note(sample(2, 0));
    expect([...calculations.results()].map(({ statusCode }) => statusCode)).toEqual([
      StatusCode.BadOutOfRange,
      StatusCode.BadTypeMismatch,
    ]);
    calculations.note(sample(2, [1, 2]));
    expect([...calculations.results()][0]).toEqual(sample(10, null, 1, StatusCode.BadTypeMismatch));
  });
});
