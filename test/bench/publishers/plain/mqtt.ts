/** mqtt: a message per sample, or one per device with all its samples, QoS 1.
 *  rows → [MQTT] → broker */
import { connectAsync } from "mqtt";
import type { Row } from "../bench-plant.ts";
import type { OpenPlainClient } from "./plain-client.ts";

export const open: OpenPlainClient<{ readonly url: string; readonly format: "single" | "grouped" }> = async ({
  url,
  format,
}) => {
  const client = await connectAsync(url, { clientId: "plain" });
  const textOf = ({ tag, time, value }: Row, path?: string) => ({
    path,
    timestamp: new Date(time / 1000).toISOString(),
    value,
    quality: "good",
    unit: tag.unit,
  });
  return {
    async write(rows) {
      const confirmed: Promise<unknown>[] = [];
      if (format === "single") {
        for (const row of rows)
          confirmed.push(client.publishAsync(`plain/${row.tag.path}`, JSON.stringify(textOf(row)), { qos: 1 }));
      } else {
        for (const [device, ofDevice] of Map.groupBy(rows, ({ tag }) => tag.device)) {
          const samples = ofDevice.map((row) => textOf(row, row.tag.path));
          confirmed.push(client.publishAsync(`plain/${device}`, JSON.stringify({ samples }), { qos: 1 }));
        }
      }
      await Promise.all(confirmed);
    },
    close: () => client.endAsync(),
  };
};
