/** S7: what reading many variables costs the OT station, beside Node-RED.
 *  simulator ← OT station, Node-RED → [s7] → rows */
import type { BenchSection } from "../bench-section.ts";
import { measureField } from "../field/measure-field.ts";
import { S7 } from "../field/protocols.ts";

export const section: BenchSection = {
  name: "s7",
  about: "reading S7 CPUs, PDU of 240 bytes",
  async run(context) {
    return measureField(
      {
        name: "10,000 tags at 100 ms, all change",
        devices: 10,
        tagsPerDevice: 1000,
        scanPeriodMs: 100,
        motion: "moving",
        protocol: S7,
        beside: ["tags", "reads"],
      },
      context,
    );
  },
};
