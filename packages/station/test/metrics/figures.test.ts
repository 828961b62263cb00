import { describe, expect, test } from "vitest";
import { Figures, prometheusRegistry } from "../../src/index.ts";

const definitions = [
  { name: "samples_read_total", kind: "counter", help: "Samples read from PLCs." },
  { name: "journal_bytes", kind: "gauge", help: "Size of the journal." },
  { name: "device_connected", kind: "gauge", help: "1 while connected.", labels: ["device"] },
  { name: "drops_total", kind: "counter", help: "Drops.", labels: ["device", "reason"] },
] as const;

const make = () => new Figures("ot", definitions);

describe("Figures", () => {
  test("unlabelled figures exist from the start, so that a rate can be computed from the first event", async () => {
    const figures = make();
    expect(figures.snapshot()).toEqual({ samples_read_total: 0, journal_bytes: 0 });
    expect(await prometheusRegistry(figures).metrics()).toContain("\nnonreturn_ot_samples_read_total 0\n");
  });

  test("add, set and labels show in Prometheus text", async () => {
    const figures = make();
    figures.add("samples_read_total");
    figures.add("samples_read_total", 41);
    figures.set("journal_bytes", 7);
    figures.set("device_connected", 1, { device: 'plc "7"\\\n' });
    figures.add("drops_total", 2, { reason: "full", device: "a" });
    const text = await prometheusRegistry(figures).metrics();
    expect(text).toContain("# TYPE nonreturn_ot_samples_read_total counter");
    expect(text).toContain("\nnonreturn_ot_samples_read_total 42\n");
    expect(text).toContain("\nnonreturn_ot_journal_bytes 7\n");
    expect(text).toContain('nonreturn_ot_device_connected{device="plc \\"7\\"\\\\\\n"} 1\n');
    expect(text).toMatch(/nonreturn_ot_drops_total\{(device="a",reason="full"|reason="full",device="a")\} 2\n/);
    // A second scrape shows the same totals, not twice as much.
    expect(await prometheusRegistry(figures).metrics()).toBe(text);
  });

  test("a snapshot crosses threads and is absorbed on the other side, odd label values included", () => {
    const worker = make();
    worker.add("samples_read_total", 5);
    worker.set("device_connected", 1, { device: 'p=1,"x"}\\' });
    worker.add("drops_total", 3, { device: "b", reason: "slow" });
    const main = make();
    main.absorb(structuredClone(worker.snapshot()));
    main.absorb({ ...worker.snapshot(), unknown_total: 9 });
    expect(main.snapshot()).toEqual(worker.snapshot());
    expect(main.get("device_connected", { device: 'p=1,"x"}\\' })).toBe(1);
    worker.add("samples_read_total", 1);
    main.absorb(worker.snapshot());
    expect(main.get("samples_read_total")).toBe(6);
  });

  test("label order does not make two series; a removed series is gone", async () => {
    const figures = make();
    figures.add("drops_total", 1, { device: "a", reason: "r" });
    figures.add("drops_total", 1, { reason: "r", device: "a" });
    expect(figures.get("drops_total", { device: "a", reason: "r" })).toBe(2);
    figures.remove("drops_total", { device: "a", reason: "r" });
    expect(await prometheusRegistry(figures).metrics()).not.toContain("drops_total{");
  });

  test("misspelt figures and labels are mistakes of ours", () => {
    const figures = make();
    expect(() => figures.add("samples_raed_total")).toThrow(RangeError);
    expect(() => figures.add("drops_total")).toThrow(RangeError);
    expect(() => figures.add("drops_total", 1, { device: "a" })).toThrow(RangeError);
    expect(() => figures.add("samples_read_total", 1, { device: "a" })).toThrow(RangeError);
    expect(() => new Figures("ot", [definitions[0], definitions[0]])).toThrow(RangeError);
  });

  test("series are bounded", () => {
    const figures = make();
    for (let i = 0; i < 12_000; i++) figures.set("device_connected", 1, { device: `d${i}` });
    expect(Object.keys(figures.snapshot()).length).toBe(10_000);
    expect(figures.seriesDropped).toBe(2002);
  });
});
