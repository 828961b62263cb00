/** fetch: a POST of line protocol per scan.
 *  rows → [InfluxDB] → server */
import type { OpenPlainClient } from "./plain-client.ts";

export const open: OpenPlainClient<{ readonly url: string; readonly database: string }> = async ({
  url,
  database,
}) => ({
  async write(rows) {
    const lines = rows.map(
      ({ tag, time, value }) => `plain,path=${tag.path},device=${tag.device},unit=${tag.unit} value=${value} ${time}`,
    );
    const response = await fetch(`${url}/write?db=${database}&precision=u`, { method: "POST", body: lines.join("\n") });
    if (!response.ok) throw new Error(await response.text());
  },
  close: async () => undefined,
});
