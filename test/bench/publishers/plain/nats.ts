/** @nats-io/jetstream: a scan in messages of 1000 samples, all of them stored before the next scan.
 *  rows → [JetStream] → server */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { OpenPlainClient } from "./plain-client.ts";

const SAMPLES_PER_MESSAGE = 1000;

export const open: OpenPlainClient<{ readonly server: string }> = async ({ server }) => {
  const connection = await connect({ servers: server });
  await (await jetstreamManager(connection)).streams.add({ name: "PLAIN", subjects: ["plain"] });
  const stream = jetstream(connection);
  return {
    async write(rows) {
      const samples = rows.map(({ tag, time, value }) => ({
        path: tag.path,
        timestamp: new Date(time / 1000).toISOString(),
        value,
        quality: "good",
        unit: tag.unit,
      }));
      const stored: Promise<unknown>[] = [];
      for (let at = 0; at < samples.length; at += SAMPLES_PER_MESSAGE)
        stored.push(stream.publish("plain", JSON.stringify(samples.slice(at, at + SAMPLES_PER_MESSAGE))));
      await Promise.all(stored);
    },
    close: () => connection.close(),
  };
};
