/** What OPC UA clients see, by a client over a real connection. */
import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, systemClock } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import {
  AggregateFunction,
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  DataType,
  type DataValue,
  encodeDataValue,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  type OPCUAClientOptions,
  SecurityPolicy,
  StatusCodes,
  type UserIdentityInfo,
  UserTokenType,
  VariableIds,
} from "node-opcua";
import { BinaryStream } from "node-opcua-binary-stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { freeTcpPort } from "../../../../../test/support/free-port.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import type { ReadMissingTimes } from "../../../src/gaps/missing-times.ts";
import { opcuaConfig } from "../../../src/publishers/opcua/config.ts";
import { opcuaFactory } from "../../../src/publishers/opcua/index.ts";
import { dataValueOf } from "../../../src/publishers/opcua/map-sample.ts";
import { progressStep } from "../../../src/publishers/progress.ts";
import type { HistorySource, PublisherSurroundings } from "../../../src/publishers/publisher.ts";
import { openHistory } from "../../../src/publishers/registry.ts";
import { storeWithGaps } from "../../gaps/store-with-gaps.ts";
import { historianBench } from "../historian/historian-bench.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";

const { signal } = new AbortController();
const TIMEOUT_MS = 300_000;

async function serve(
  more: object = {},
  openHistory: () => HistorySource | undefined = () => undefined,
  missing: Pick<PublisherSurroundings, "readMissingTimes" | "readMissingList"> = {},
) {
  const port = await freeTcpPort();
  const folder = temporaryFolder();
  const config = opcuaConfig.parse({
    ...{ type: "opcua", listen: `127.0.0.1:${port}`, hostname: "127.0.0.1", anonymous: true, security: ["None"] },
    ...more,
  });
  const publisher = opcuaFactory.create(config, {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
    publisher: "opcua",
    station: "it",
    dataFolder: folder,
    openHistory,
    ...missing,
  });
  onTestFinished(() => publisher.close());
  await publisher.connect(signal);
  const publish = (...entries: ReturnType<typeof entry>[]) => publisher.publish(entries, signal, progressStep({}));
  return { publisher, publish, url: `opc.tcp://127.0.0.1:${port}/nonreturn`, pki: join(folder, "opcua-pki") };
}

async function login(url: string, options: OPCUAClientOptions = {}, user?: UserIdentityInfo): Promise<ClientSession> {
  const client = OPCUAClient.create({
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0, initialDelay: 50 },
    ...options,
  });
  onTestFinished(() => client.disconnect().catch(() => undefined));
  await client.connect(url);
  const session = await client.createSession(user);
  onTestFinished(() => session.close().catch(() => undefined));
  return session;
}

const value = (path: string) => ({ nodeId: `ns=2;s=${path}`, attributeId: AttributeIds.Value });

describe("OPC UA publisher", () => {
  it(
    "mirrors the namespace in folders, with unit, range and description, before any value has come",
    async () => {
      const { publisher, publish, url } = await serve();
      const pressure = tag(1, "hamburg/boiler/pressure", {
        unit: "bar",
        rangeLow: 0,
        rangeHigh: 16,
        description: "Drum",
      });
      await publisher.tagsChanged!([pressure, tag(2, "hamburg/boiler/on", { dataType: "BOOLEAN", unit: "" })], signal);
      const session = await login(url);
      const children = async (nodeId: string): Promise<string[]> => {
        const { references } = await session.browse({
          nodeId,
          browseDirection: BrowseDirection.Forward,
          resultMask: 63,
        });
        return references!.map(({ nodeId: child }) => child.toString());
      };
      expect(await children("ObjectsFolder")).toContain("ns=3;s=Plant");
      expect(await children("ns=3;s=Plant")).toContain("ns=3;s=Plant/hamburg");
      expect(await children("ns=3;s=Plant/hamburg/boiler")).toEqual(
        expect.arrayContaining(["ns=2;s=hamburg/boiler/pressure", "ns=2;s=hamburg/boiler/on"]),
      );
      const shown = await session.read(value("hamburg/boiler/pressure"));
      expect(shown.statusCode.value).toBe(StatusCodes.BadWaitingForInitialData.value);
      const path = { nodeId: "ns=2;s=hamburg/boiler/pressure" };
      const [dataType, description] = await session.read([
        { ...path, attributeId: AttributeIds.DataType },
        { ...path, attributeId: AttributeIds.Description },
      ]);
      expect(dataType!.value.value.toString()).toBe("ns=0;i=11"); // Double
      expect(description!.value.value.text).toBe("Drum");
      const { references } = await session.browse({
        ...path,
        browseDirection: BrowseDirection.Forward,
        resultMask: 63,
      });
      const property = async (name: string) => {
        const nodeId = references!.find(({ browseName }) => browseName.name === name)!.nodeId;
        return (await session.read({ nodeId, attributeId: AttributeIds.Value })).value.value;
      };
      expect((await property("EngineeringUnits")).displayName.text).toBe("bar");
      expect(await property("EURange")).toMatchObject({ low: 0, high: 16 });

      await publisher.tagsChanged!([{ ...pressure, unit: "kPa" }], signal);
      // What comes of it afterwards, that it is stale for one, does not bring it back.
      const retired = [tag(2, "hamburg/boiler/on", { dataType: "BOOLEAN", unit: "", retired: true })];
      await publish({ ...entry(0, columns(sample(2, true)), retired), origin: "stale" });
      expect(await children("ns=3;s=Plant/hamburg/boiler")).not.toContain("ns=2;s=hamburg/boiler/on");
      expect((await session.read(value("hamburg/boiler/on"))).statusCode.value).toBe(
        StatusCodes.BadNodeIdUnknown.value,
      );
    },
    TIMEOUT_MS,
  );

  it(
    "lets nobody write",
    async () => {
      const { publish, url } = await serve();
      await publish(entry(1, columns(sample(1, 5)), [tag(1, "a")]));
      const session = await login(url);
      const write = { ...value("a"), value: { value: { dataType: DataType.Double, value: 6 } } };
      expect((await session.write(write)).value & 0x8000_0000).not.toBe(0);
      expect((await session.read(value("a"))).value.value).toBe(5);
    },
    TIMEOUT_MS,
  );

  it(
    "shows late samples only where nothing newer is known",
    async () => {
      const { publish, url } = await serve();
      const tags = [tag(1, "a"), tag(2, "b")];
      await publish(entry(1, columns(sample(1, 5, 5)), tags));
      await publish(entry(2, columns(sample(1, 1, 1), sample(2, 2, 2)), tags, "late"));
      const session = await login(url);
      const shown = await session.read([value("a"), value("b")]);
      expect(shown.map((dataValue) => dataValue.value.value)).toEqual([5, 2]);
    },
    TIMEOUT_MS,
  );

  it(
    "tells by its service level that the link is silent",
    async () => {
      const { publisher, url } = await serve();
      const session = await login(url);
      const level = async () =>
        (await session.read({ nodeId: "ns=0;i=2267", attributeId: AttributeIds.Value })).value.value as number;
      expect(await level()).toBe(100);
      await publisher.linkChanged!({ state: "up", since: T0 }, signal);
      expect(await level()).toBe(255);
      await publisher.linkChanged!({ state: "silent", since: T0 }, signal);
      expect(await level()).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    "reads history raw and aggregated from the historian, forwards and backwards, bounded",
    async () => {
      const samples = Array.from({ length: 100 }, (_, at) => ({
        value: at,
        statusCode: 0,
        sourceTimestamp: T0 + at * 1_000_000,
      }));
      const asked: [string, number, number][] = [];
      const history: HistorySource = {
        readParts: () => [],
        readAlarms: () => [],
        lastBefore: () => undefined,
        *read(path, from, to) {
          asked.push([path, from, to]);
          for (const each of samples) if (each.sourceTimestamp >= from && each.sourceTimestamp <= to) yield each;
        },
        close: () => undefined,
      };
      const { publish, url } = await serve({}, () => history);
      await publish(entry(1, columns(sample(1, 5)), [tag(1, "a")]));
      const session = await login(url);
      const at = (second: number) => new Date(T0 / 1000 + second * 1000);
      const read = async (from: Date, to: Date, most = 0) => {
        const options = { numValuesPerNode: most, returnBounds: false, isReadModified: false };
        const result = await session.readHistoryValue("ns=2;s=a", from, to, options);
        const { dataValues } = result.historyData as unknown as { dataValues: { value: { value: number } }[] };
        return dataValues.map((dataValue) => dataValue.value.value);
      };
      expect(await read(at(10), at(14))).toEqual([10, 11, 12, 13, 14]);
      expect(await read(at(14), at(10))).toEqual([14, 13, 12, 11, 10]);
      expect((await read(at(0), at(99), 7)).length).toBe(7);
      expect(asked[0]).toEqual(["a", T0 + 10_000_000, T0 + 14_000_000]);
      const averages = await session.readAggregateValue(
        { nodeId: "ns=2;s=a" },
        at(0),
        at(20),
        AggregateFunction.Average,
        10_000,
      );
      expect(averages.statusCode.value).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    "says before any of it was read that there is history, and which aggregates",
    async () => {
      const { publisher, url } = await serve();
      await publisher.tagsChanged!([tag(1, "a")], signal);
      const session = await login(url);
      const read = async (nodeId: string, attributeId = AttributeIds.Value) =>
        (await session.read({ nodeId, attributeId })).value.value;
      const idOf = (name: "AccessHistoryDataCapability" | "MaxReturnDataValues") =>
        `i=${VariableIds[`HistoryServerCapabilities_${name}`]}`;
      expect(await read("ns=2;s=a", AttributeIds.Historizing)).toBe(true);
      expect(await read(idOf("AccessHistoryDataCapability"))).toBe(true);
      expect(await read(idOf("MaxReturnDataValues"))).toBe(100_000);
      const aggregates = ["Average", "TimeAverage", "Minimum", "Maximum", "Count"];
      const durations = ["DurationGood", "DurationBad", "PercentGood", "PercentBad"];
      // AggregateFunctions of ServerCapabilities and of HistoryServerCapabilities
      for (const nodeId of ["i=2997", "i=11201"]) {
        const { references } = await session.browse({ nodeId, resultMask: 63 });
        expect(references!.map(({ browseName }) => browseName.name)).toEqual(
          expect.arrayContaining([...aggregates, ...durations, "Interpolative"]),
        );
      }
    },
    TIMEOUT_MS,
  );

  it(
    "grants chunks of 64 KiB, since each answer takes one whole; who names a number of chunks gets what it asks for",
    async () => {
      const { url } = await serve();
      const granted = async (maxChunkCount: number) => {
        const transportSettings = { sendBufferSize: 655_360, receiveBufferSize: 655_360, maxChunkCount };
        const client = OPCUAClient.create({
          ...{ endpointMustExist: false, connectionStrategy: { maxRetry: 0, initialDelay: 50 } },
          transportSettings,
        });
        onTestFinished(() => client.disconnect().catch(() => undefined));
        await client.connect(url);
        const { _secureChannel: channel } = client as unknown as {
          _secureChannel: { getTransport(): { parameters: { sendBufferSize: number; receiveBufferSize: number } } };
        };
        const { sendBufferSize, receiveBufferSize } = channel.getTransport().parameters;
        return [sendBufferSize, receiveBufferSize];
      };
      expect(await granted(0)).toEqual([65_536, 65_536]);
      expect(await granted(4)).toEqual([524_288, 524_288]);
    },
    TIMEOUT_MS,
  );

  it(
    "reads the history of every tag at the first request, raw or aggregated, whichever was read before",
    async () => {
      const historian = await historianBench();
      const ids = [1, 2, 3, 4];
      const tags = ids.map((id) => tag(id, `t/${id}`));
      const seconds = Array.from({ length: 20 }, (_, second) => second);
      const rows = seconds.flatMap((second) => ids.map((id) => sample(id, id * 100 + second, second * 1000)));
      await historian.publish([entry(1, columns(...rows), tags)]);
      const { publish, url } = await serve({}, () => openHistory(historian.folder));
      await publish(entry(1, columns(...ids.map((id) => sample(id, id, 30_000))), tags));
      const session = await login(url);
      const at = (second: number) => new Date(T0 / 1000 + second * 1000);
      const rawOf = async (id: number) => {
        const { historyData } = await session.readHistoryValue(`ns=2;s=t/${id}`, at(3), at(4));
        return (historyData as unknown as { dataValues: DataValue[] }).dataValues.map(({ value }) => value.value);
      };
      const averageOf = async (id: number) => {
        const node = { nodeId: `ns=2;s=t/${id}` };
        const { historyData } = await session.readAggregateValue(
          node,
          at(0),
          at(10),
          AggregateFunction.Average,
          10_000,
        );
        return (historyData as unknown as { dataValues: DataValue[] }).dataValues.map(({ value }) => value.value);
      };
      for (const id of [1, 2]) expect(await rawOf(id)).toEqual([id * 100 + 3, id * 100 + 4]);
      for (const id of ids.toReversed()) expect(await averageOf(id)).toEqual([id * 100 + 4.5]);
      for (const id of [3, 4]) expect(await rawOf(id)).toEqual([id * 100 + 3, id * 100 + 4]);
    },
    TIMEOUT_MS,
  );

  it(
    "answers aggregates from hours where the samples are gone, each interval with the status of what it is made of",
    async () => {
      const HOUR_MS = 3_600_000;
      const historian = await historianBench({ keep: { samplesMs: HOUR_MS, minutesMs: HOUR_MS } });
      const rows = Array.from({ length: 1440 }, (_, row) =>
        row === 90 ? sample(1, null, row * 60_000, StatusCode.BadTimeout) : sample(1, row, row * 60_000),
      );
      await historian.publish([entry(1, columns(...rows), [tag(1, "a")])]);
      historian.publisher.compactAll();
      historian.clock.stepWall(72 * HOUR_MS);
      for (let minute = 0; minute < 6; minute++) historian.clock.advance(61_000);
      expect([...historian.read({ path: "a" })]).toEqual([]);
      const { publish, url } = await serve({}, () => openHistory(historian.folder));
      await publish(entry(1, columns(sample(1, 5)), [tag(1, "a")]));
      const session = await login(url);
      const at = (hour: number) => new Date(T0 / 1000 + hour * HOUR_MS);
      const ask = async (aggregate: AggregateFunction, from: Date, to: Date, intervalMs: number) => {
        const node = { nodeId: "ns=2;s=a" };
        const { historyData, statusCode } = await session.readAggregateValue(node, from, to, aggregate, intervalMs);
        const found = historyData as unknown as { dataValues?: DataValue[] } | null;
        return { statusCode: statusCode.value, dataValues: found?.dataValues ?? [] };
      };
      const valuesOf = async (aggregate: AggregateFunction) =>
        (await ask(aggregate, at(0), at(3), HOUR_MS)).dataValues.map(({ value }) => value.value);
      expect(await valuesOf(AggregateFunction.Minimum)).toEqual([0, 60, 120]);
      expect(await valuesOf(AggregateFunction.Maximum)).toEqual([59, 119, 179]);
      expect(await valuesOf(AggregateFunction.Count)).toEqual([60, 59, 60]);
      expect(await valuesOf(AggregateFunction.Average)).toEqual([
        29.5,
        expect.closeTo((60 * 89.5 - 90) / 59, 9),
        149.5,
      ]);
      expect(await valuesOf(AggregateFunction.TimeAverage)).toEqual(await valuesOf(AggregateFunction.Average));
      expect(await valuesOf(AggregateFunction.DurationGood)).toEqual([HOUR_MS, HOUR_MS - 60_000, HOUR_MS]);
      expect(await valuesOf(AggregateFunction.PercentBad)).toEqual([0, expect.closeTo(100 / 60, 9), 0]);
      const { dataValues } = await ask(AggregateFunction.Average, at(-2), at(2.5), HOUR_MS);
      expect(dataValues.map(({ statusCode }) => statusCode.toString().split(" ")[0])).toEqual([
        ...["BadNoData", "BadNoData", "Good#HistorianCalculated", "UncertainDataSubNormal#HistorianCalculated"],
        "Good#HistorianCalculated|HistorianPartial",
      ]);
      expect((await ask(AggregateFunction.Average, at(0), at(24), 1)).statusCode).toBe(
        StatusCodes.BadAggregateInvalidInputs.value,
      );
      for (const aggregate of [AggregateFunction.Average, AggregateFunction.Interpolative])
        expect((await ask(aggregate, at(3), at(0), HOUR_MS)).statusCode).toBe(
          StatusCodes.BadHistoryOperationUnsupported.value,
        );
    },
    TIMEOUT_MS,
  );

  it(
    "says of an interval over a known gap that its figures are of a part of it only",
    async () => {
      const HOUR_MS = 3_600_000;
      const historian = await historianBench();
      const rows = Array.from({ length: 180 }, (_, row) => sample(1, row, row * 60_000));
      await historian.publish([entry(1, columns(...rows), [tag(1, "a")])]);
      const missing: ReadMissingTimes = () => ({
        ...{ list: [], inAll: 1 },
        ...{ share: Float64Array.of(0, 0.25, 0), touched: Uint8Array.of(0, 1, 1) },
      });
      const { publish, url } = await serve({}, () => openHistory(historian.folder), { readMissingTimes: missing });
      await publish(entry(1, columns(sample(1, 5)), [tag(1, "a")]));
      const session = await login(url);
      const at = (hour: number) => new Date(T0 / 1000 + hour * HOUR_MS);
      const ask = async (aggregate: AggregateFunction) => {
        const read = await session.readAggregateValue({ nodeId: "ns=2;s=a" }, at(0), at(3), aggregate, HOUR_MS);
        const { dataValues = [] } = read.historyData as unknown as { dataValues?: DataValue[] };
        return dataValues.map(({ value, statusCode }) => [value.value, statusCode.toString().split("#")[0]]);
      };
      const ofPart = ["UncertainDataSubNormal", "UncertainDataSubNormal"];
      for (const aggregate of [AggregateFunction.Minimum, AggregateFunction.Average, AggregateFunction.Count])
        expect((await ask(aggregate)).map(([, status]) => status)).toEqual(["Good", ...ofPart]);
      expect(await ask(AggregateFunction.PercentGood)).toEqual([
        [100, "Good"],
        [75, "Good"],
        [100, "Good"],
      ]);
      expect((await ask(AggregateFunction.DurationBad))[1]).toEqual([HOUR_MS / 4, "Good"]);
    },
    TIMEOUT_MS,
  );

  it(
    "reports a gap among raw samples as BadDataLost where it begins, in both directions, page by page",
    async () => {
      const historian = await historianBench();
      const minutes = [0, 1, 2, 3, 6, 7, 8, 9];
      const rows = minutes.map((minute) => sample(1, minute, minute * 60_000));
      await historian.publish([entry(1, columns(...rows), [tag(1, "a")])]);
      const store = storeWithGaps();
      store.gap("healed", 0.5, 0.75);
      store.gap("open", 3.5, 6);
      store.gap("lost", 9, 20);
      const { publish, url } = await serve({}, () => openHistory(historian.folder), store.readers);
      await publish(entry(1, columns(sample(1, 5)), [tag(1, "a")]));
      const session = await login(url);
      const at = (minute: number) => new Date(T0 / 1000 + minute * 60_000);
      const read = async (from: Date, to: Date, numValuesPerNode = 0) => {
        const options = { numValuesPerNode, returnBounds: false, isReadModified: false };
        const { historyData } = await session.readHistoryValue("ns=2;s=a", from, to, options);
        const { dataValues } = historyData as unknown as { dataValues: DataValue[] };
        return dataValues.map(({ value, statusCode, sourceTimestamp }) => {
          if (statusCode.isGood()) return value.value as number;
          expect([statusCode.name, value?.value ?? null]).toEqual(["BadDataLost", null]);
          return `gap ${(sourceTimestamp!.getTime() - T0 / 1000) / 60_000}`;
        });
      };
      const all = [0, 1, 2, 3, "gap 3.5", 6, 7, 8, 9, "gap 9"];
      expect(await read(at(0), at(30))).toEqual(all);
      expect(await read(at(30), at(0))).toEqual([...all].reverse());
      expect(await read(at(0), at(30), 6)).toEqual(all.slice(0, 6));
      expect(await read(at(4), at(7))).toEqual(["gap 4", 6, 7]); // it began before the range
      expect(await read(at(0), at(3))).toEqual([0, 1, 2, 3]);
      expect(await read(at(6.5), at(8))).toEqual([7, 8]);
    },
    TIMEOUT_MS,
  );

  it(
    "asks for user and password, and trusts no certificate by itself",
    async () => {
      const folder = temporaryFolder();
      const passwordFile = join(folder, "password");
      writeFileSync(passwordFile, "correct horse\n", { mode: 0o600 });
      const users = [{ username: "bi", passwordFile }];
      const { url, pki } = await serve({ anonymous: false, users, security: ["Basic256Sha256"] });
      const clientPki = join(folder, "client-pki");
      mkdirSync(clientPki);
      const clientCertificateManager = new OPCUACertificateManager({
        rootFolder: clientPki,
        automaticallyAcceptUnknownCertificate: true,
      });
      await clientCertificateManager.initialize();
      const secure = {
        securityMode: MessageSecurityMode.SignAndEncrypt,
        securityPolicy: SecurityPolicy.Basic256Sha256,
        clientCertificateManager,
      };
      const user = (password: string): UserIdentityInfo => ({ type: UserTokenType.UserName, userName: "bi", password });
      await expect(login(url)).rejects.toThrow(); // without encryption there is no endpoint
      await expect(login(url, secure, user("correct horse"))).rejects.toThrow();
      const [rejected] = readdirSync(join(pki, "rejected"));
      renameSync(join(pki, "rejected", rejected!), join(pki, "trusted/certs", rejected!)); // what the operator does
      await expect
        .poll(() => login(url, secure, user("correct horse")).then(() => "in", String), { timeout: 30_000 })
        .toBe("in");
      await expect(login(url, secure, user("wrong"))).rejects.toThrow();
      await expect(login(url, secure)).rejects.toThrow(); // anonymous
    },
    TIMEOUT_MS,
  );

  it("carries source timestamps to the microsecond", () => {
    const stream = new BinaryStream(Buffer.alloc(200));
    encodeDataValue(dataValueOf(21.5, 0, T0 + 123_456, DataType.Double), stream);
    // Encoding mask 0x05 (value, source timestamp), variant (type 11, double), DateTime: 100 ns since 1601 (Part 6 §5.2.2.5).
    expect(stream.buffer[0]! & 0x04).toBe(0x04);
    const ticks = stream.buffer.readBigInt64LE(1 + 1 + 8);
    expect(ticks).toBe((BigInt(T0 + 123_456) + 11_644_473_600_000_000n) * 10n);
  });
});
