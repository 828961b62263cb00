/** EtherNet/IP: what reading many tags costs the OT station.
 *  simulator ← OT station → [ethernet-ip] → rows */
import type { BenchSection } from "../bench-section.ts";
import { measureField } from "../field/measure-field.ts";
import { ETHERNET_IP } from "../field/protocols.ts";

export const section: BenchSection = {
  name: "ethernet-ip",
  about: "reading Logix controllers, one named tag after the other, connection of 4,002 bytes",
  async run(context) {
    return measureField(
      {
        name: "10,000 tags at 1 s, all change",
        devices: 10,
        tagsPerDevice: 1000,
        scanPeriodMs: 1000,
        motion: "moving",
        protocol: ETHERNET_IP,
        beside: [],
      },
      context,
    );
  },
};
