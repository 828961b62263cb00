/** A business system's MQTT broker for the time of a measurement: Debian's mosquitto, or aedes where that is not installed.
 *  latency section → [broker] → IT station's publisher, subscriber */
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Aedes } from "aedes";
import { freeTcpPort } from "../../support/free-port.ts";
import { startChild } from "./child.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";

export interface Broker {
  readonly name: string;
  readonly url: string;
  close(): Promise<void>;
}

/** @param folder  takes its configuration and log. */
export async function startBroker(folder: string): Promise<Broker> {
  const port = await freeTcpPort();
  const url = `mqtt://127.0.0.1:${port}`;
  if (existsSync(MOSQUITTO)) {
    const configFile = join(folder, "mosquitto.conf");
    // Nothing is thrown away here: what is missing at the subscriber was lost by the line.
    const lines = [
      `listener ${port} 127.0.0.1`,
      "allow_anonymous true",
      "max_queued_messages 0",
      "set_tcp_nodelay true",
    ];
    writeFileSync(configFile, `${lines.join("\n")}\n`);
    const child = startChild("mosquitto", MOSQUITTO, ["-c", configFile], join(folder, "mosquitto.log"));
    return { name: "mosquitto", url, close: () => child.stop() };
  }
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    name: "aedes",
    url,
    async close() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
