/** 5,000 hostile tag paths through every publisher into the real server behind it: each comes back as its own tag, and nothing lies anywhere else. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { createLog, openDatabase, systemClock } from "@nonreturn/station";
import { SampleColumnsBuilder, StatusCode, type TagDefinition } from "@nonreturn/wire-format";
import { connectAsync } from "mqtt";
import {
  AttributeIds,
  type ClientSession,
  NodeClass,
  NodeId,
  NodeIdType,
  OPCUAClient,
  type ReferenceDescription,
} from "node-opcua";
import * as sparkplugPayload from "sparkplug-payload";
import { describe, expect, it, onTestFinished } from "vitest";
import { historianPath } from "../../packages/it-receiver/src/publishers/historian/index.ts";
import { publisherConfig } from "../../packages/it-receiver/src/publishers/known-configs.ts";
import { pathOf } from "../../packages/it-receiver/src/publishers/mqtt/topic.ts";
import { percentUnescape } from "../../packages/it-receiver/src/publishers/percent-escape.ts";
import { progressStep } from "../../packages/it-receiver/src/publishers/progress.ts";
import type { Publisher, StoredEntry } from "../../packages/it-receiver/src/publishers/publisher.ts";
import { loadPublisherFactory, openHistory } from "../../packages/it-receiver/src/publishers/registry.ts";
import { original } from "../../packages/it-receiver/src/publishers/sql/postgresql/array-literal.ts";
import { openHistoryTables } from "../../packages/it-receiver/src/sql/history-tables.ts";
import { startErp } from "../../packages/it-receiver/test/publishers/rest/erp.ts";
import { startPostgres } from "../support/embedded-postgres.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { type FoundName, hostileNames, judgeNames } from "../support/hostile/hostile-names.ts";
import { startInflux } from "../support/influx-server.ts";
import { startMariadb } from "../support/mariadb-server.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { startNats } from "../support/nats-server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SEED = 20261125;
const NAMES = hostileNames(SEED, 5000);
/** Device names come from the same network. */
const DEVICES = NAMES.filter((name) => name.length > 0 && name.length < 40).slice(0, 12);
const PER_BLOCK = 500;
const T0 = 1_795_420_800_000_000;
const TOKEN = "0123456789abcdef0123456789abcdef";
const { signal } = new AbortController();

const TAGS: readonly TagDefinition[] = NAMES.map((path, index) => ({
  tagId: index,
  path,
  dataType: "FLOAT64",
  unit: "bar",
  description: "",
  device: DEVICES[index % DEVICES.length]!,
  maximumSilenceMs: 0,
  retired: false,
}));

/** A far side that tells everything it holds, not only what is asked for by name. */
interface FarSide {
  /** Connected. */
  readonly publisher: Publisher;
  everything(): Promise<FoundName[]>;
  /** Whatever lies where no tag of this station belongs. */
  outside(): Promise<string[]>;
  /** The control: a client of its own does what a publisher that does not escape would do. */
  leak(): Promise<unknown>;
}

async function connect(
  config: Readonly<Record<string, unknown>> & { readonly type: string },
  dataFolder = temporaryFolder(),
): Promise<Publisher> {
  const parsed = publisherConfig.parse(config);
  const factory = await loadPublisherFactory(parsed.type);
  const publisher = factory.create(parsed as never, {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
    publisher: config.type,
    station: "it",
    dataFolder,
    openHistory: () => openHistory(dataFolder),
  });
  onTestFinished(() => publisher.close());
  await publisher.connect(signal);
  return publisher;
}

/** To a publisher that is connected. */
async function publishAll(publisher: Publisher): Promise<void> {
  await publisher.linkChanged?.({ state: "up", since: T0 }, signal);
  await publisher.tagsChanged?.(TAGS, signal);
  for (let first = 0, position = 1; first < TAGS.length; first += PER_BLOCK, position++) {
    const builder = new SampleColumnsBuilder();
    for (const { tagId } of TAGS.slice(first, first + PER_BLOCK))
      builder.push(tagId, tagId, StatusCode.Good, T0 + tagId);
    const samples = builder.take();
    const identity = { stream: 1, sealingEpoch: 1, sequence: position };
    const place = { origin: "journal", position, identity, stream: 1, journalEpoch: 1, lane: "live" } as const;
    const entry: StoredEntry = { ...place, samples, tagOf: (tagId) => TAGS[tagId] };
    await publisher.publish([entry], signal, progressStep({ live: position, samples: samples.count, batches: 1 }));
  }
}

/** What is there now and was not before. */
function newcomers(before: readonly string[], now: readonly string[]): string[] {
  return now.filter((one) => !before.includes(one));
}

async function historian(): Promise<FarSide> {
  const folder = temporaryFolder();
  const publisher = await connect({ type: "historian" }, folder);
  const schema = (): string[] => {
    const database = openDatabase(historianPath(folder), { durability: "normal", readOnly: true });
    try {
      return database.prepare("SELECT name FROM sqlite_master").pluck().all() as string[];
    } finally {
      database.close();
    }
  };
  const [files, objects] = [readdirSync(folder), schema()];
  return {
    publisher,
    async everything() {
      const tables = openHistoryTables(folder);
      try {
        return tables.database.prepare("SELECT path AS name, value FROM samples").all() as FoundName[];
      } finally {
        tables.close();
      }
    },
    outside: async () => [...newcomers(files, readdirSync(folder)), ...newcomers(objects, schema())],
    leak: async () => writeFileSync(join(folder, "leaked"), ""),
  };
}

async function onMosquitto(config: { readonly type: "mqtt" | "sparkplug"; readonly [key: string]: unknown }) {
  const broker = await startMosquitto("plain");
  const client = await connectAsync(broker.url, { clientId: "reader", reconnectPeriod: 0 });
  onTestFinished(async () => void (await client.endAsync(true)));
  const seen: { readonly topic: string; readonly payload: Buffer }[] = [];
  client.on("message", (topic, payload) => void seen.push({ topic, payload }));
  await client.subscribeAsync("#", { qos: 1 });
  return {
    publisher: await connect({ ...config, url: broker.url }),
    seen,
    leak: () => client.publishAsync(NAMES.find((name) => /^[a-z]+\/[a-z]+$/.test(name))!, "1", { qos: 1 }),
    /** The broker delivers to one subscriber in order. */
    async caughtUp(): Promise<void> {
      await client.publishAsync("reader/mark", "", { qos: 1 });
      await expect.poll(() => seen.at(-1)?.topic, { timeout: 30_000 }).toBe("reader/mark");
      seen.pop();
    },
  };
}

async function mqtt(): Promise<FarSide> {
  const prefix = "werk/süd";
  const { seen, caughtUp, ...rest } = await onMosquitto({ type: "mqtt", prefix });
  const own = (): typeof seen =>
    seen.filter(({ topic }) => topic.startsWith(`${prefix}/`) && topic !== `${prefix}/$status`);
  return {
    ...rest,
    async everything() {
      await caughtUp();
      return own().map(({ topic, payload }) => {
        const { path, value } = JSON.parse(payload.toString()) as { path?: string; value: unknown };
        return { name: path ?? pathOf(prefix, topic) ?? `no path: ${topic}`, value };
      });
    },
    async outside() {
      await caughtUp();
      return seen.map(({ topic }) => topic).filter((topic) => !topic.startsWith(`${prefix}/`));
    },
  };
}

async function sparkplug(): Promise<FarSide> {
  const { decodePayload } = sparkplugPayload.get("spBv1.0")!;
  const { seen, caughtUp, ...rest } = await onMosquitto({ type: "sparkplug", group: "werk", edgeNode: "süd" });
  const place = /^spBv1\.0\/werk\/(?:N(?:BIRTH|DEATH|DATA)\/süd|D(?:BIRTH|DEATH|DATA)\/süd\/[^/+#]+)$/;
  return {
    ...rest,
    async everything() {
      await caughtUp();
      const names = new Map<number, string>();
      const devices = new Map<string, string>();
      const found: FoundName[] = [];
      for (const { topic, payload } of seen) {
        const [, , kind, , device = ""] = topic.split("/");
        if (kind !== "DBIRTH" && kind !== "DDATA") continue;
        for (const { alias, name, value } of decodePayload(payload).metrics ?? []) {
          if (kind === "DBIRTH" && name !== undefined && name !== null) {
            names.set(Number(alias), name);
            const { device: sent } = TAGS[NAMES.indexOf(name)] ?? { device: "" };
            if ((devices.get(device) ?? sent) !== sent) found.push({ name: `two devices in ${device}`, value: sent });
            devices.set(device, sent);
          } else if (kind === "DDATA") found.push({ name: names.get(Number(alias)) ?? `alias ${alias}`, value });
        }
      }
      return found;
    },
    async outside() {
      await caughtUp();
      return seen.map(({ topic }) => topic).filter((topic) => !place.test(topic));
    },
  };
}

async function opcua(): Promise<FarSide> {
  const port = await freeTcpPort();
  const listening = { type: "opcua", listen: `127.0.0.1:${port}`, hostname: "127.0.0.1" };
  const publisher = await connect({ ...listening, anonymous: true, security: ["None"] }, temporaryFolder());
  const client = OPCUAClient.create({
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 3, initialDelay: 50 },
  });
  await client.connect(`opc.tcp://127.0.0.1:${port}/nonreturn`);
  const session = await client.createSession();
  onTestFinished(async () => {
    await session.close().catch(() => undefined);
    await client.disconnect();
  });
  const objects = async (): Promise<string[]> =>
    (await browse(session, ["i=85", "i=84", "i=2253"])).map(({ nodeId }) => nodeId.toString());
  const before = await objects();
  return {
    publisher,
    async everything() {
      const variables: string[] = [];
      for (let folders: NodeId[] = [new NodeId(NodeIdType.STRING, "Plant", 3)]; folders.length > 0; ) {
        const children = await browse(session, folders);
        for (const { nodeClass, nodeId } of children)
          if (nodeClass === NodeClass.Variable) variables.push(String(nodeId.value));
        folders = children.filter(({ nodeClass }) => nodeClass === NodeClass.Object).map(({ nodeId }) => nodeId);
      }
      const found: FoundName[] = [];
      for (let first = 0; first < variables.length; first += PER_BLOCK) {
        const some = variables.slice(first, first + PER_BLOCK);
        const nodes = some.map((name) => ({
          nodeId: new NodeId(NodeIdType.STRING, name, 2),
          attributeId: AttributeIds.Value,
        }));
        const values = await session.read(nodes);
        some.forEach((name, index) => void found.push({ name, value: values[index]?.value.value as unknown }));
      }
      return found;
    },
    outside: async () => newcomers(before, await objects()),
    leak: async () => before.splice(0, 1), // nobody can add a node from outside: one of the server's own is new then
  };
}

async function browse(session: ClientSession, nodes: readonly (string | NodeId)[]): Promise<ReferenceDescription[]> {
  const found: ReferenceDescription[] = [];
  for (let first = 0; first < nodes.length; first += 200) {
    const some = nodes.slice(first, first + 200).map((nodeId) => ({
      nodeId,
      referenceTypeId: "i=33", // HierarchicalReferences
      includeSubtypes: true,
      browseDirection: 0,
      nodeClassMask: NodeClass.Object | NodeClass.Variable,
      resultMask: 63,
    }));
    for (let results = await session.browse(some); results.length > 0; ) {
      for (const { references } of results) found.push(...(references ?? []));
      const more = results.flatMap(({ continuationPoint }) =>
        continuationPoint !== undefined && continuationPoint !== null && continuationPoint.length > 0
          ? [continuationPoint]
          : [],
      );
      results = more.length === 0 ? [] : await session.browseNext(more, false);
    }
  }
  return found;
}

async function postgresql(): Promise<FarSide> {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const { host, port, username, password, database } = server;
  const publisher = await connect({
    type: "postgresql",
    host,
    port,
    username,
    password,
    database,
    schema: "names",
    tls: "off",
  });
  const places = async (): Promise<string[]> =>
    (
      await server.query<{ place: string }>(
        "SELECT table_schema || '.' || table_name || '.' || column_name AS place FROM information_schema.columns",
      )
    ).map(({ place }) => place);
  const before = await places();
  return {
    publisher,
    everything: async () =>
      (
        await server.query<{ path: string; value: number }>(
          "SELECT t.path, s.value FROM names.sample s JOIN names.tag t ON t.id = s.tag",
        )
      ).map(({ path, value }) => ({ name: original(path), value })),
    outside: async () => newcomers(before, await places()),
    leak: () => server.query("CREATE TABLE public.leaked (a int)"),
  };
}

async function mariadb(): Promise<FarSide> {
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { host, port, username, password, database } = server;
  const publisher = await connect({
    type: "mariadb",
    host,
    port,
    username,
    password,
    database,
    prefix: "names_",
    tls: "off",
  });
  const places = async (): Promise<string[]> =>
    (
      await server.query<{ place: string }>(
        "SELECT concat(table_schema, '.', table_name, '.', column_name) AS place FROM information_schema.columns",
      )
    ).map(({ place }) => place);
  const before = await places();
  return {
    publisher,
    everything: () =>
      server.query<FoundName>("SELECT t.path AS name, s.value FROM names_sample s JOIN names_tag t ON t.id = s.tag"),
    outside: async () => newcomers(before, await places()),
    leak: () => server.query("CREATE TABLE leaked (a int)"),
  };
}

async function rest(): Promise<FarSide> {
  const folder = temporaryFolder();
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const history = await connect({ type: "historian" }, folder);
  await publishAll(history);
  const port = await freeTcpPort();
  const tokens = [{ name: "names", tokenFile }];
  const publisher = await connect({ type: "rest", listen: `127.0.0.1:${port}`, tokens }, folder);
  const ask = (path: string, query: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}?${new URLSearchParams(query)}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
  const lines = ["path,key,timestamp,value,kind,quality,quality_code,unit"];
  const wrong: string[] = [];
  return {
    publisher,
    async everything() {
      const found: FoundName[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const answer = await ask("/v1/latest", { limit: "1000", ...(cursor === undefined ? {} : { cursor }) });
        const page = (await answer.json()) as {
          latest: { path: string; key: string; sample: { value: unknown } }[];
          next: string | null;
        };
        for (const { path, key, sample } of page.latest) {
          found.push({ name: path, value: sample.value });
          const csv = await ask("/v1/history.csv", { key, from: "2020-01-01" });
          const [header, row, ...more] = cellsOf(await csv.text());
          const [cell, ownKey, , value] = row ?? [];
          const named = cell === path || cell === `'${path}`;
          const alone = header?.join() === lines[0] && row?.length === header?.length && more.length === 0;
          if (!named || !alone || ownKey !== key || Number(value) !== sample.value) wrong.push(`CSV of ${path}`);
          if (/^[=+\-@\t\r]/.test(cell ?? "")) wrong.push(`formula ${cell}`);
        }
        cursor = page.next;
      }
      return found;
    },
    outside: async () => wrong,
    leak: async () => cellsOf('a,"b\n=cmd()\n').length === 2 || wrong.push("the reader of CSV found an open quote"),
  };
}

/** RFC 4180, strictly: a quote that is never closed swallows the rest. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < csv.length; ) {
    const quoted = csv[at] === '"';
    const match = quoted ? /"((?:[^"]|"")*)"(,|\r\n)/y : /([^",\r\n]*)(,|\r\n)/y;
    match.lastIndex = at;
    const found = match.exec(csv);
    if (found === null) return [...rows, [`unreadable: ${csv.slice(at, at + 40)}`]];
    row.push(quoted ? found[1]!.replaceAll('""', '"') : found[1]!);
    at = match.lastIndex;
    if (found[2] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

async function restPush(): Promise<FarSide> {
  const erp = await startErp();
  const sample = { name: "{{path}}", value: "{{value}}" };
  return {
    publisher: await connect({ type: "rest-push", url: `${erp.url}`, sample }),
    everything: async () => erp.held.flatMap(({ body }) => (body as { samples: FoundName[] }).samples),
    async outside() {
      const { pathname, search } = new URL(erp.url);
      const place = `${pathname}${search}`;
      const strange = erp.held.filter(({ body }) =>
        (body as { samples: object[] }).samples.some((one) => Object.keys(one).join() !== "name,value"),
      );
      return [
        ...erp.held.filter(({ path }) => path !== place).map(({ path }) => path),
        ...strange.map(() => "a member"),
      ];
    },
    leak: () =>
      fetch(`${new URL("elsewhere", erp.url)}`, {
        method: "POST",
        headers: { "idempotency-key": "leak" },
        body: '{"samples":[]}',
      }),
  };
}

async function nats(): Promise<FarSide> {
  const server = await startNats();
  onTestFinished(() => server.stop());
  const connection = await server.connect();
  onTestFinished(() => connection.close());
  const strays: string[] = [];
  const everywhere = connection.subscribe(">", {
    callback: (_, { subject }) => {
      if (!/^(?:_INBOX|\$JS|\$SYS)\./.test(subject)) strays.push(subject);
    },
  });
  onTestFinished(() => everywhere.unsubscribe());
  const publisher = await connect({ type: "nats", servers: [server.url], stream: "NAMES", subject: "plant.names" });
  return {
    publisher,
    async everything() {
      const manager = await jetstreamManager(connection);
      const { state } = await manager.streams.info("NAMES");
      const found: FoundName[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage("NAMES", { seq });
        const { samples } = message!.json<{ samples: { path: string; value: unknown }[] }>();
        for (const { path, value } of samples) found.push({ name: path, value });
      }
      return found;
    },
    async outside() {
      await connection.flush();
      return strays.filter((subject) => subject !== "plant.names" && !subject.startsWith("plant.names."));
    },
    leak: async () => connection.publish("plant.other", ""),
  };
}

async function influx(): Promise<FarSide> {
  const server = await startInflux();
  onTestFinished(() => server.stop());
  await server.query("", "CREATE DATABASE names", "POST");
  const places = async (): Promise<string[]> => {
    const rows = [...(await server.query("names", "SHOW MEASUREMENTS")), ...(await server.query("", "SHOW DATABASES"))];
    const keys = [
      ...(await server.query("names", "SHOW TAG KEYS")),
      ...(await server.query("names", "SHOW FIELD KEYS")),
    ];
    return [...rows, ...keys].map((row) => JSON.stringify(row));
  };
  const known = [{ name: "nonreturn" }, { name: "names" }, { name: "_internal" }].map((row) => JSON.stringify(row));
  const members = /"(?:tagKey":"(?:path|unit|device)|fieldKey":"(?:kind|status|value|long_path))"/;
  return {
    publisher: await connect({ type: "influx", url: server.url, database: "names" }),
    everything: async () =>
      (
        (await server.query("names", "SELECT * FROM nonreturn")) as {
          path: string;
          long_path?: string;
          value: number;
        }[]
      ).map(({ path, long_path, value }) => ({
        name: long_path ?? (path === "%" ? "" : (percentUnescape(path) ?? `not escaped: ${path}`)),
        value,
      })),
    outside: async () => (await places()).filter((place) => !known.includes(place) && !members.test(place)),
    leak: () => server.query("", "CREATE DATABASE leaked", "POST"),
  };
}

describe(`hostile names, seed ${SEED}`, () => {
  it("are 5,000 different ones, and the judge tells each kind of leak", () => {
    expect(NAMES.length).toBe(5000);
    const right = NAMES.map((name, value) => ({ name, value }));
    expect(judgeNames(NAMES, right)).toEqual([]);
    expect(judgeNames(NAMES, right.slice(1))).toHaveLength(1);
    expect(judgeNames(NAMES, [...right, right[7]!])).toHaveLength(1);
    expect(judgeNames(NAMES, [...right.slice(1), { name: NAMES[1]!, value: 0 }])).toHaveLength(3);
    expect(judgeNames(NAMES, [...right, { name: "nobody's", value: 0 }])).toHaveLength(1);
  });

  it.each<[string, () => Promise<FarSide>]>([
    ["SQLite historian", historian],
    ["MQTT on mosquitto", mqtt],
    ["Sparkplug B on mosquitto", sparkplug],
    ["OPC UA", opcua],
    ["PostgreSQL", postgresql],
    ["MariaDB", mariadb],
    ["REST and its CSV", rest],
    ["REST push", restPush],
    ["NATS JetStream", nats],
    ["InfluxDB", influx],
  ])("%s keeps every name apart and in its place", async (_, start) => {
    const farSide = await start();
    await publishAll(farSide.publisher);
    expect(judgeNames(NAMES, await farSide.everything()).slice(0, 20)).toEqual([]);
    expect((await farSide.outside()).slice(0, 20)).toEqual([]);
    await farSide.leak();
    await expect.poll(async () => (await farSide.outside()).length, { timeout: 30_000 }).toBeGreaterThan(0);
  });
});
