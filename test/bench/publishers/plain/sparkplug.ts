/** sparkplug-payload and mqtt: a DDATA per device and scan, QoS 0; the births once before.
 *  rows → [Sparkplug] → broker */
import { connectAsync } from "mqtt";
import sparkplug from "sparkplug-payload";
import { type Row, scanRows } from "../bench-plant.ts";
import type { OpenPlainClient } from "./plain-client.ts";

export const open: OpenPlainClient<{ readonly url: string }> = async ({ url }) => {
  const client = await connectAsync(url, { clientId: "plain" });
  const { encodePayload } = sparkplug.get("spBv1.0")!;
  let seq = 0;
  const send = (kind: string, device: string, rows: readonly Row[], named: boolean): Promise<unknown> => {
    const metrics = rows.map(({ tag, time, value }) => ({
      ...(named ? { name: tag.path } : {}),
      alias: tag.tagId,
      timestamp: Math.floor(time / 1000),
      type: "Double" as const,
      value,
    }));
    seq = (seq + 1) % 256;
    const payload = encodePayload({ timestamp: metrics[0]!.timestamp, metrics: metrics as never, seq });
    return client.publishAsync(`spBv1.0/plain/${kind}/node/${device}`, Buffer.from(payload), { qos: 0 });
  };
  for (const [device, rows] of Map.groupBy(scanRows(0), ({ tag }) => tag.device))
    await send("DBIRTH", device, rows, true);
  return {
    async write(rows) {
      const sent = [...Map.groupBy(rows, ({ tag }) => tag.device)].map(([device, ofDevice]) =>
        send("DDATA", device, ofDevice, false),
      );
      await Promise.all(sent);
      await client.subscribeAsync("plain/barrier", { qos: 0 }); // answered behind the data
    },
    close: () => client.endAsync(),
  };
};
