/** OPC UA: what reading many variables costs the OT station, by polling and by subscription.
 *  simulator ← OT station → [opcua-client] → rows */
import type { BenchSection } from "../bench-section.ts";
import { measureField } from "../field/measure-field.ts";
import { OPCUA_POLLED, OPCUA_SUBSCRIBED } from "../field/protocols.ts";

export const section: BenchSection = {
  name: "opcua-client",
  about: "reading OPC UA servers, security None; requests are Reads (by polling) or none (by subscription)",
  async run(context) {
    const size = { devices: 5, tagsPerDevice: 2000, scanPeriodMs: 1000, motion: "moving", beside: [] } as const;
    const polled = { ...size, name: "10,000 tags at 1 s by polling, all change", protocol: OPCUA_POLLED };
    const subscribed = { ...size, name: "10,000 tags at 1 s by subscription, all change", protocol: OPCUA_SUBSCRIBED };
    return [...(await measureField(polled, context)), ...(await measureField(subscribed, context))];
  },
};
