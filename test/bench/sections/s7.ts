/** S7: what reading many variables costs the OT station, beside Node-RED.
 *  simulator ← OT station, Node-RED → [s7] → rows */
import type { BenchRow, BenchSection } from "../bench-section.ts";
import type { FieldCase } from "../field/field-case.ts";
import { measureField } from "../field/measure-field.ts";
import { S7 } from "../field/protocols.ts";

const CASES: readonly FieldCase[] = [
  {
    name: "10,000 tags at 100 ms, all change",
    devices: 10,
    tagsPerDevice: 1000,
    scanPeriodMs: 100,
    motion: "moving",
    protocol: S7,
    beside: ["tags", "reads"],
  },
  {
    name: "10,000 tags at 100 ms, none changes",
    devices: 10,
    tagsPerDevice: 1000,
    scanPeriodMs: 100,
    motion: "still",
    protocol: S7,
    beside: ["reads"],
  },
];

export const section: BenchSection = {
  name: "s7",
  about: "reading S7 CPUs, PDU of 240 bytes",
  async run(context) {
    const rows: BenchRow[] = [];
    for (const each of CASES) rows.push(...(await measureField(each, context)));
    return rows;
  },
};
