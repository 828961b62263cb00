import { StatusCode, sampleAt } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { LastValues } from "../../src/tag/last-values.ts";
import { columns, sample, T0 } from "../publishers/support/samples.ts";

const rows = (samples: ReturnType<typeof columns>) =>
  Array.from({ length: samples.count }, (_, row) => sampleAt(samples, row));

describe("last values", () => {
  it("shows the newest live sample of every tag, whatever its type", () => {
    const values = new LastValues();
    values.apply(
      columns(
        sample(1, 1.5),
        sample(2, "eins"),
        sample(3, [1n, 2n]),
        sample(4, true),
        sample(5, null, 0, StatusCode.BadTimeout),
      ),
    );
    values.apply(columns(sample(2, "zwei", 10), sample(1, -0, 10)));
    expect(Object.is(values.get(1)?.sample.value, -0)).toBe(true);
    expect(values.get(2)).toEqual({ sample: sample(2, "zwei", 10), freshness: "fresh" });
    expect(values.get(3)?.sample.value).toEqual([1n, 2n]);
    expect(values.get(4)?.sample.value).toBe(true);
    expect(values.get(5)).toEqual({ sample: sample(5, null, 0, StatusCode.BadTimeout), freshness: "fresh" });
    expect(values.get(6)).toBeUndefined();
  });

  it("follows the sequence when a device's clock is set back, instead of freezing", () => {
    const values = new LastValues();
    values.apply(columns(sample(1, 1, 3_600_000)));
    values.apply(columns(sample(1, 2, 0)));
    expect(values.get(1)?.sample.value).toBe(2);
  });

  it("takes a refreshed value only where it is newer, and does not lose it to the sample it overtook", () => {
    const values = new LastValues();
    values.apply(columns(sample(1, 1, 100), sample(2, 1, 100)));
    expect(rows(values.refresh(columns(sample(1, 0, 50), sample(2, 2, 200), sample(3, 3, 0))))).toEqual([
      sample(2, 2, 200),
      sample(3, 3, 0),
    ]);
    expect(values.get(1)?.sample.value).toBe(1);
    values.apply(columns(sample(2, 1.5, 150)));
    expect(values.get(2)?.sample.value).toBe(2);
    values.apply(columns(sample(2, 2.5, 250)));
    values.apply(columns(sample(2, 1.5, 150)));
    expect(values.get(2)?.sample.value).toBe(1.5);
    values.refresh(columns(sample(2, 9, 1_000_000)));
    values.apply(columns(sample(2, 3, 300))); // far behind the refresh: the clock was set back
    expect(values.get(2)?.sample.value).toBe(3);
  });

  it("turns stale with the last value where there is a usable one, without one where there is not", () => {
    const values = new LastValues();
    values.apply(
      columns(
        sample(1, 7, 5),
        sample(2, null, 6, StatusCode.BadTimeout),
        sample(3, 8, 7, StatusCode.UncertainSubNormal),
      ),
    );
    const marked = rows(values.markStale([1, 2, 3, 4], T0 + 9_000_000));
    expect(marked).toEqual([
      sample(1, 7, 5, StatusCode.UncertainNoCommunicationLastUsableValue),
      sample(2, null, 6, StatusCode.BadNoCommunication),
      sample(3, 8, 7, StatusCode.UncertainNoCommunicationLastUsableValue),
      sample(4, null, 9000, StatusCode.BadNoCommunication),
    ]);
    expect(values.staleCount).toBe(4);
    expect(rows(values.markStale([1, 2, 3, 4], T0))).toEqual([]);
    expect(rows(values.stale())).toEqual(marked);
    expect(values.get(4)).toEqual({ sample: marked[3], freshness: "stale" });
  });

  it("is restored by the next journal value, or by a refresh that says the old value still stands", () => {
    const values = new LastValues();
    values.apply(columns(sample(1, 1, 10), sample(2, 2, 10), sample(3, 3, 10)));
    values.markStale([1, 2, 3, 4], T0);
    values.apply(columns(sample(1, 1, 20)));
    expect(rows(values.refresh(columns(sample(2, 2, 10), sample(3, 0, 5), sample(4, 4, 1))))).toEqual([
      sample(2, 2, 10),
      sample(4, 4, 1),
    ]);
    expect([1, 2, 3, 4].map((id) => values.get(id)?.freshness)).toEqual(["fresh", "fresh", "stale", "fresh"]);
    expect(values.staleCount).toBe(1);
  });

  it("holds many tags", () => {
    const values = new LastValues();
    for (let id = 0; id < 5000; id++) values.apply(columns(sample(id * 7, id)));
    expect(values.count).toBe(5000);
    expect(values.get(4999 * 7)?.sample.value).toBe(4999);
    expect(
      values.markStale(
        Array.from({ length: 5000 }, (_, id) => id * 7),
        T0,
      ).count,
    ).toBe(5000);
  });
});
