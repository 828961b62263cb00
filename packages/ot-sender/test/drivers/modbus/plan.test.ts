import type { DataType } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { TagAddress } from "../../../src/drivers/driver.ts";
import { type ModbusDeviceConfig, modbusDeviceShape } from "../../../src/drivers/modbus/config.ts";
import { planTags } from "../../../src/drivers/modbus/plan.ts";

const config = (changes: Record<string, unknown> = {}): ModbusDeviceConfig =>
  z.strictObject(modbusDeviceShape).parse({ host: "127.0.0.1", ...changes });

function tags(
  ...each: (readonly [address: string, dataType: DataType, options?: Record<string, unknown>])[]
): TagAddress[] {
  return each.map(([address, dataType, options = {}], index) => ({
    tagId: index + 1,
    path: `t/${index + 1}`,
    address,
    dataType,
    options,
  }));
}

describe("Modbus plan", () => {
  test("neighbours share a request, small gaps are read over, large ones are not", () => {
    const plan = planTags(
      tags(["hr:0", "INT16"], ["hr:1", "FLOAT32"], ["hr:19", "INT16"], ["hr:40", "INT16"], ["ir:0", "INT16"]),
      config(),
    );
    expect(plan.requests).toEqual([
      "FC3 unit 1 hr:0 … 19 (20 registers, 3 tags)",
      "FC3 unit 1 hr:40 (1 register, 1 tag)",
      "FC4 unit 1 ir:0 (1 register, 1 tag)",
    ]);
  });

  test("a value is never cut in two, and requests stay within the device's limit", () => {
    const plan = planTags(
      tags(...Array.from({ length: 50 }, (_, index) => [`hr:${index * 4}`, "FLOAT64"] as const)),
      config({ maxRegisters: 30 }),
    );
    expect(plan.blocks.active.map(({ start, quantity }) => [start, quantity])).toEqual([
      [0, 28],
      [28, 28],
      [56, 28],
      [84, 28],
      [112, 28],
      [140, 28],
      [168, 28],
      [196, 4],
    ]);
  });

  test("bits count by the limit of bits", () => {
    const plan = planTags(tags(["co:0", "BOOLEAN"], ["co:100", "BOOLEAN"], ["co:3000", "BOOLEAN"]), config());
    expect(plan.requests).toEqual(["FC1 unit 1 co:0 … 100 (101 bits, 2 tags)", "FC1 unit 1 co:3000 (1 bit, 1 tag)"]);
    expect(planTags(tags(["co:0", "BOOLEAN"], ["co:100", "BOOLEAN"]), config({ maxBits: 100 })).requests).toHaveLength(
      2,
    );
  });

  test("units apart, several bits of a register together", () => {
    const plan = planTags(
      tags(["hr:5.0", "BOOLEAN"], ["hr:5.1", "BOOLEAN"], ["hr:5", "UINT16"], ["u2!hr:5", "UINT16"]),
      config(),
    );
    expect(plan.requests).toEqual(["FC3 unit 1 hr:5 (1 register, 3 tags)", "FC3 unit 2 hr:5 (1 register, 1 tag)"]);
  });

  test("refused tags are last and named", () => {
    const plan = planTags(
      tags(["junk", "INT16"], ["hr:0", "INT16"], ["hr:0", "STRING", { length: 250 }]),
      config({ maxRegisters: 100 }),
    );
    expect(plan.tagIds).toEqual([2, 1, 3]);
    expect(plan.refused).toMatchObject([
      { tagId: 1, reason: expect.stringContaining("no Modbus address") },
      { tagId: 3, reason: expect.stringContaining("takes 125 registers") },
    ]);
  });

  test("whatever the tags: every tag is in one request that covers it, within the limits", () => {
    const tag = fc.record({
      address: fc
        .tuple(fc.constantFrom("hr", "ir"), fc.integer({ min: 0, max: 65_535 }))
        .map(([table, at]) => `${table}:${at}`),
      dataType: fc.constantFrom<DataType[]>("INT16", "FLOAT32", "UINT64"),
    });
    fc.assert(
      fc.property(
        fc.array(tag, { maxLength: 200 }),
        fc.integer({ min: 4, max: 125 }),
        fc.integer({ min: 0, max: 124 }),
        (all, maxRegisters, maxGapRegisters) => {
          const addresses = tags(...all.map(({ address, dataType }) => [address, dataType] as const));
          const plan = planTags(addresses, config({ maxRegisters, maxGapRegisters }));
          const members = plan.blocks.active.flatMap(({ members: each }) => each);
          expect(members.map(({ row }) => row).sort((a, b) => a - b)).toEqual(plan.members.map(({ row }) => row));
          expect([...plan.tagIds].sort((a, b) => a - b)).toEqual(addresses.map(({ tagId }) => tagId));
          for (const block of plan.blocks.active) {
            expect(block.quantity).toBeLessThanOrEqual(maxRegisters);
            for (const { place } of block.members) {
              expect(place.start).toBeGreaterThanOrEqual(block.start);
              expect(place.start + place.quantity).toBeLessThanOrEqual(block.start + block.quantity);
              expect([place.unit, place.table]).toEqual([block.unit, block.table]);
            }
          }
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });
});
