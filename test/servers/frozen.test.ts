/** Servers that freeze: they take connections and answer nothing more. No publisher leaves a connection behind, and a stop does not wait for them. */
import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { systemClock } from "@nonreturn/station";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { influxConfig } from "../../packages/it-receiver/src/publishers/influx/config.ts";
import { influxFactory } from "../../packages/it-receiver/src/publishers/influx/index.ts";
import { mqttConfig, sparkplugConfig } from "../../packages/it-receiver/src/publishers/mqtt/config.ts";
import { mqttFactory, sparkplugFactory } from "../../packages/it-receiver/src/publishers/mqtt/index.ts";
import { natsConfig } from "../../packages/it-receiver/src/publishers/nats/config.ts";
import { natsFactory } from "../../packages/it-receiver/src/publishers/nats/index.ts";
import type { Publisher } from "../../packages/it-receiver/src/publishers/publisher.ts";
import { restPushConfig } from "../../packages/it-receiver/src/publishers/rest/push-config.ts";
import { PushPublisher } from "../../packages/it-receiver/src/publishers/rest/push-publisher.ts";
import { mariadbConfig, postgresqlConfig } from "../../packages/it-receiver/src/publishers/sql/config.ts";
import { mariadbFactory, postgresqlFactory } from "../../packages/it-receiver/src/publishers/sql/index.ts";
import { startErp } from "../../packages/it-receiver/test/publishers/rest/erp.ts";
import { columns, sample } from "../../packages/it-receiver/test/publishers/support/samples.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { running } from "../contract/publisher-contract/refused-rows.ts";
import { type EmbeddedPostgres, startPostgres } from "../support/embedded-postgres.ts";
import { startFreezingProxy } from "../support/freezing-proxy.ts";
import { type InfluxServer, startInflux } from "../support/influx-server.ts";
import { type MariadbServer, startMariadb } from "../support/mariadb-server.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { type NatsServer, startNats } from "../support/nats-server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const DEADLINE_MS = 1000;
const WAIT = { timeout: 60_000 };
const common = { deadline: `${DEADLINE_MS}ms` };

let servers: { postgres: EmbeddedPostgres; mariadb: MariadbServer; nats: NatsServer; influx: InfluxServer };
beforeAll(async () => {
  const [postgres, mariadb, nats, influx] = await Promise.all([
    startPostgres(),
    startMariadb(),
    startNats(),
    startInflux(),
  ]);
  servers = { postgres, mariadb, nats, influx };
  await influx.query("", "CREATE DATABASE frozen", "POST");
}, 120_000);
afterAll(async () => {
  await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
}, 60_000);

interface FarSide {
  /** Of the real server. */
  readonly port: number;
  /** A publisher that reaches it through the proxy. */
  make(port: number): Publisher;
}

const portOf = (url: string): number => Number(new URL(url).port);

const FAR_SIDES: Readonly<Record<string, () => Promise<FarSide>>> = {
  mqtt: async () => ({
    port: portOf((await startMosquitto("plain")).url),
    make: (port) =>
      mqttFactory.create(
        mqttConfig.parse({ type: "mqtt", url: `mqtt://127.0.0.1:${port}`, ...common }),
        surroundings("mqtt"),
      ),
  }),
  sparkplug: async () => ({
    port: portOf((await startMosquitto("plain")).url),
    make: (port) =>
      sparkplugFactory.create(
        sparkplugConfig.parse({ type: "sparkplug", url: `mqtt://127.0.0.1:${port}`, group: "plant", ...common }),
        surroundings("sparkplug", { dataFolder: temporaryFolder() }),
      ),
  }),
  postgresql: async () => ({
    port: servers.postgres.port,
    make(port) {
      const { host, username, password, database } = servers.postgres;
      const config = { type: "postgresql", host, port, username, password, database, tls: "off", ...common };
      return postgresqlFactory.create(postgresqlConfig.parse(config), surroundings("postgresql"));
    },
  }),
  mariadb: async () => ({
    port: servers.mariadb.port,
    make(port) {
      const { host, username, password, database } = servers.mariadb;
      const config = { type: "mariadb", host, port, username, password, database, tls: "off", ...common };
      return mariadbFactory.create(mariadbConfig.parse(config), surroundings("mariadb"));
    },
  }),
  nats: async () => ({
    port: portOf(servers.nats.url),
    make: (port) =>
      natsFactory.create(
        natsConfig.parse({
          type: "nats",
          servers: [`nats://127.0.0.1:${port}`],
          stream: "FROZEN",
          subject: "plant",
          ...common,
        }),
        surroundings("nats"),
      ),
  }),
  influx: async () => ({
    port: portOf(servers.influx.url),
    make: (port) =>
      influxFactory.create(
        influxConfig.parse({ type: "influx", url: `http://127.0.0.1:${port}`, database: "frozen", ...common }),
        surroundings("influx"),
      ),
  }),
  "rest-push": async () => {
    const { url } = await startErp();
    const { pathname } = new URL(url);
    return {
      port: portOf(url),
      make: (port) =>
        new PushPublisher(
          restPushConfig.parse({
            type: "rest-push",
            url: `http://127.0.0.1:${port}${pathname}`,
            sample: { value: "{{value}}" },
            ...common,
          }),
          "erp",
          systemClock,
        ),
    };
  },
};

/** The client sockets that this process makes from now until the test ends. */
function clientSockets(): ReadonlySet<Socket> {
  const made = new Set<Socket>();
  const note = (message: unknown): void => void made.add((message as { socket: Socket }).socket);
  channel("net.client.socket").subscribe(note);
  onTestFinished(() => void channel("net.client.socket").unsubscribe(note));
  return made;
}

describe.each(Object.keys(FAR_SIDES))("%s", (type) => {
  it("leaves no connection behind while its server is frozen, goes on when it answers, and stops beside it at once", async () => {
    const farSide = await FAR_SIDES[type]!();
    const proxy = await startFreezingProxy(farSide.port);
    const made: Publisher[] = [];
    const create = (): Publisher => {
      const publisher = farSide.make(proxy.port);
      made.push(publisher);
      onTestFinished(() => publisher.close());
      return publisher;
    };
    const { store, runner, settled } = await running({ publisher: create() }, undefined, {
      deadlineMs: DEADLINE_MS,
      create,
    });
    store.addData("live", columns(sample(1, 1, 1)));
    await settled(); // control: it is connected, and its server answers
    expect(proxy.open()).toBeGreaterThan(0);
    const atRest = proxy.open();

    proxy.freeze();
    const before = proxy.made();
    store.addData("live", columns(sample(1, 2, 2), sample(3, 3, 3)));
    runner.wake();
    await expect.poll(() => proxy.made() - before, WAIT).toBeGreaterThan(4);
    expect(proxy.open()).toBeLessThanOrEqual(atRest + 1);

    proxy.thaw();
    await settled();
    proxy.freeze();
    store.addData("live", columns(sample(1, 4, 4)));
    runner.wake();
    await expect.poll(() => runner.status().liveAgeMs, WAIT).toBeGreaterThan(0);
    await runner.stop(); // its call is in progress
    await expect.poll(() => proxy.open()).toBe(0);
  });

  it("leaves no connection behind when it is stopped beside a server that froze while nothing was on its way", async () => {
    const farSide = await FAR_SIDES[type]!();
    const proxy = await startFreezingProxy(farSide.port);
    const create = (): Publisher => {
      const publisher = farSide.make(proxy.port);
      onTestFinished(() => publisher.close());
      return publisher;
    };
    const sockets = clientSockets();
    const toProxy = (): Socket[] => [...sockets].filter(({ remotePort }) => remotePort === proxy.port);
    const { store, runner, settled } = await running({ publisher: create() }, undefined, {
      deadlineMs: DEADLINE_MS,
      create,
    });
    store.addData("live", columns(sample(1, 1, 1)));
    await settled();
    const held = toProxy();
    expect(held.some(({ destroyed }) => !destroyed)).toBe(true); // control: one is seen while it is open

    proxy.freeze("half open");
    await runner.stop();
    expect([...held, ...toProxy()].filter(({ destroyed }) => !destroyed).length).toBe(0);
  });
});
