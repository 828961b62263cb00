/** The contract of subscribing drivers against MQTT: a broker within the test's process. */
import type { Value } from "@nonreturn/wire-format";
import { mqtt } from "../../../packages/ot-sender/src/drivers/mqtt/index.ts";
import { startStandIn, tag } from "../../../packages/ot-sender/test/drivers/mqtt/mqtt-fixture.ts";
import { describeSubscribingContract } from "./subscribing-contract.ts";

describeSubscribingContract("MQTT", {
  driver: mqtt as never,
  // Retained: so that a subscriber finds values, as it does at every other source.
  config: { keepAlive: "1s", retained: "good" },
  async startSource() {
    const broker = await startStandIn({ refuses: "secret" });
    return {
      address: broker.address,
      set({ address }, value) {
        const [topic, pointer] = address.split("#/");
        return broker.publish(topic!, pointer === undefined ? String(value) : json(pointer, value), { retain: true });
      },
      spoil: ({ address }) => broker.publish(address, Buffer.from([0xff, 0x00, 0xfe]), { retain: true }),
      close: () => broker.close(),
    };
  },
  good: [
    { tag: tag("line/speed"), value: 12.5 },
    { tag: tag("line/running", "BOOLEAN"), value: true },
    { tag: tag("line/total", "UINT64"), value: 18_446_744_073_709_551_615n },
    { tag: tag("line/order", "STRING"), value: "A-17 °C" },
    { tag: tag("line/recipe#/zones", "INT32"), value: [4, 4, 4] },
  ],
  refusedBySource: [tag("secret"), tag("line/recipe#/nothing"), tag("line/order", "INT16")],
  garbage: [tag(""), tag("line/+"), tag("a#b"), tag("spBv1.0/g!m"), tag("a", "FLOAT16")],
});

function json(pointer: string, value: Value): string {
  return JSON.stringify({ [pointer]: value });
}
