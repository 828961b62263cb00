/** Against a real broker; what arrives is read by another implementation of Sparkplug B. */
import type { Value } from "@nonreturn/wire-format";
import { connectAsync } from "mqtt";
import * as sparkplugPayload from "sparkplug-payload";
import { onTestFinished } from "vitest";
import { sparkplugConfig } from "../../../packages/it-receiver/src/publishers/mqtt/config.ts";
import { sparkplugFactory } from "../../../packages/it-receiver/src/publishers/mqtt/index.ts";
import { textOf } from "../../../packages/it-receiver/src/publishers/value-text.ts";
import { surroundings } from "../../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { startBroker } from "./mqtt-broker.ts";
import { describePublisher, type Held } from "./publisher-contract.ts";

const MARK = "mark/of/the/host";
const { decodePayload } = sparkplugPayload.get("spBv1.0")!;

describePublisher("Sparkplug B", async () => {
  const broker = await startBroker();
  const host = await connectAsync(broker.url, { clientId: "host", reconnectPeriod: 0 });
  onTestFinished(async () => void (await host.endAsync(true)));
  const names = new Map<number, string>();
  const held = new Map<string, Held[]>();
  const marks = new Map<string, () => void>();
  host.on("message", (topic, payload) => {
    if (topic === MARK) return void marks.get(payload.toString())?.();
    const kind = topic.split("/")[2];
    if (kind !== "DBIRTH" && kind !== "DDATA") return;
    for (const metric of decodePayload(payload).metrics ?? []) {
      if (kind === "DBIRTH") {
        names.set(Number(metric.alias), metric.name!);
        continue; // tests know current values by data alone
      }
      const path = names.get(Number(metric.alias))!;
      const status = metric.properties?.StatusCode?.value as string | undefined;
      const of = held.get(path) ?? [];
      held.set(path, of);
      of.push({
        value: metric.value === null ? null : shownBy(metric.type, metric.value),
        statusCode: status === undefined ? 0 : Number(status),
        sourceTimestamp: Number(metric.timestamp) * 1000,
        historical: metric.isHistorical === true,
      });
    }
  });
  await host.subscribeAsync(["spBv1.0/#", MARK], { qos: 0 });
  const make = (url: string) => {
    const publisher = sparkplugFactory.create(
      sparkplugConfig.parse({ type: "sparkplug", url, group: "contract", maxPayload: "16KiB" }),
      surroundings("sparkplug", { dataFolder: temporaryFolder() }),
    );
    onTestFinished(() => publisher.close());
    return publisher;
  };
  return {
    publisher: make(broker.url),
    async held(path): Promise<Held[]> {
      // The broker delivers in order: what it took before comes before this.
      const mark = String(marks.size);
      const arrived = new Promise<void>((resolve) => marks.set(mark, resolve));
      await host.publishAsync(MARK, mark, { qos: 0 });
      await arrived;
      return held.get(path) ?? [];
    },
    shown: (value: Value | null) => (Array.isArray(value) ? textOf(value) : value),
    seenTime: (time) => Math.floor(time / 1000) * 1000,
    repeats: "at least once",
    poison: { value: "x".repeat(20_000), reason: /needs 2\d{4} bytes, the broker allows 16384/ },
    breakFarSide: async () => make(`mqtt://127.0.0.1:${await freeTcpPort()}`),
  };
});

function shownBy(type: string, value: unknown): unknown {
  if (type === "Int64") return BigInt.asIntN(64, BigInt(String(value))); // two's complement in long_value
  if (type === "UInt64" || type === "DateTime") return BigInt(String(value));
  return type === "Bytes" ? new Uint8Array(value as Buffer) : value;
}
