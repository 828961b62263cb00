/** Modbus TCP: what reading many registers costs the OT station, beside Node-RED.
 *  simulator ← OT station, Node-RED → [modbus] → rows */
import type { BenchRow, BenchSection } from "../bench-section.ts";
import type { FieldCase } from "../field/field-case.ts";
import { measureField } from "../field/measure-field.ts";
import { MODBUS } from "../field/protocols.ts";

const CASES: readonly FieldCase[] = [
  {
    name: "10,000 tags at 100 ms, all change",
    devices: 10,
    tagsPerDevice: 1000,
    scanPeriodMs: 100,
    motion: "moving",
    protocol: MODBUS,
    beside: ["tags", "reads"],
  },
  {
    name: "10,000 tags at 100 ms, none changes",
    devices: 10,
    tagsPerDevice: 1000,
    scanPeriodMs: 100,
    motion: "still",
    protocol: MODBUS,
    beside: [],
  },
  {
    name: "100,000 tags at 1 s, all change",
    devices: 20,
    tagsPerDevice: 5000,
    scanPeriodMs: 1000,
    motion: "moving",
    protocol: MODBUS,
    beside: ["reads"],
  },
];

export const section: BenchSection = {
  name: "modbus",
  about:
    "reading Modbus TCP; published of EMQX Neuron 3.2 on 4 cores: 189 MB and 21 % of CPU, 497 MB and 30 % for 100,000",
  async run(context) {
    const rows: BenchRow[] = [];
    for (const each of CASES) rows.push(...(await measureField(each, context)));
    return rows;
  },
};
