/** Over a real broker: last will, rebirth, refused commands. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import * as sparkplugPayload from "sparkplug-payload";
import { describe, expect, it, onTestFinished } from "vitest";
import { startBroker } from "../../../../../../test/contract/publisher-contract/mqtt-broker.ts";
import { running } from "../../../../../../test/contract/publisher-contract/refused-rows.ts";
import { temporaryFolder } from "../../../../../../test/support/temporary-folder.ts";
import { sparkplugConfig } from "../../../../src/publishers/mqtt/config.ts";
import { sparkplugFactory } from "../../../../src/publishers/mqtt/index.ts";
import { columns, sample, tag } from "../../support/samples.ts";
import { surroundings } from "../../support/surroundings.ts";

const { decodePayload, encodePayload } = sparkplugPayload.get("spBv1.0")!;
const { signal } = new AbortController();

async function bench() {
  const broker = await startBroker();
  const host = await connectAsync(broker.url, { clientId: "host", reconnectPeriod: 0 });
  onTestFinished(async () => void (await host.endAsync(true)));
  const seen: [string, ReturnType<typeof decodePayload>][] = [];
  host.on("message", (topic, payload) => seen.push([topic.slice("spBv1.0/plant/".length), decodePayload(payload)]));
  await host.subscribeAsync("spBv1.0/plant/+/nonreturn/#", { qos: 0 });
  const config = sparkplugConfig.parse({ type: "sparkplug", url: broker.url, group: "plant" });
  const given = surroundings("sparkplug", { dataFolder: temporaryFolder() });
  const make = () => {
    const made = sparkplugFactory.create(config, given);
    onTestFinished(() => made.close());
    return made;
  };
  const publisher = make();
  await publisher.connect(signal);
  await publisher.tagsChanged!([tag(1, "a", { device: "plc" })], signal);
  const topics = () => seen.map(([topic]) => topic);
  const command = (topic: string, name: string) =>
    host.publishAsync(
      `spBv1.0/plant/${topic}`,
      Buffer.from(encodePayload({ timestamp: 1, metrics: [{ name, type: "Boolean", value: true, timestamp: 1 }] })),
      { qos: 1 },
    );
  const bdSeq = (topic: string) => {
    const [, payload] = seen.findLast(([each]) => each === topic)!;
    return Number(payload.metrics!.find(({ name }) => name === "bdSeq")!.value);
  };
  return { broker, publisher, make, topics, command, bdSeq, folder: given.dataFolder };
}

describe("Sparkplug publisher", () => {
  it("answers Rebirth with all births, and any other command with none", async () => {
    const { topics, command, publisher } = await bench();
    const born = ["NBIRTH/nonreturn", "DBIRTH/nonreturn/plc"];
    await expect.poll(topics).toEqual(born);
    await command("NCMD/nonreturn", "Node Control/Reboot");
    await command("DCMD/nonreturn/plc", "a");
    await command("NCMD/nonreturn", "Node Control/Rebirth");
    const withoutCommands = () => topics().filter((topic) => !topic.includes("CMD"));
    await expect.poll(withoutCommands, { timeout: 30_000 }).toEqual([...born, ...born]);
    await publisher.close();
    await expect.poll(() => topics().at(-1), { timeout: 30_000 }).toBe("NDEATH/nonreturn");
  });

  it("leaves a last will with the bdSeq of its birth when its connection breaks", async () => {
    const { broker, topics, publisher, bdSeq } = await bench();
    await expect.poll(topics).toContain("DBIRTH/nonreturn/plc");
    const born = bdSeq("NBIRTH/nonreturn");
    for (const client of Object.values(
      (broker.aedes as unknown as { clients: Record<string, { id: string; conn: { destroy(): void } }> }).clients,
    ))
      if (client.id.startsWith("nonreturn-it")) client.conn.destroy();
    await expect.poll(topics, { timeout: 30_000 }).toContain("NDEATH/nonreturn");
    expect(bdSeq("NDEATH/nonreturn")).toBe(born);
    await publisher.close();
    await publisher.connect(signal);
    await expect.poll(() => bdSeq("NBIRTH/nonreturn"), { timeout: 30_000 }).toBe((born + 1) % 256);
  });

  it("leaves a device out on whose birth the broker ends the connection; its rows are told, whole ranges of them with the reason", async () => {
    const broker = await startBroker();
    const births: string[] = [];
    broker.aedes.authorizePublish = (_client, { topic }, done) => {
      const [, , kind, , device] = topic.split("/");
      if (kind === "DBIRTH") births.push(device!);
      done(kind === "DBIRTH" && device === "forbidden" ? new Error("not for this account") : null);
    };
    const config = sparkplugConfig.parse({ type: "sparkplug", url: broker.url, group: "plant" });
    const publisher = sparkplugFactory.create(config, surroundings("sparkplug", { dataFolder: temporaryFolder() }));
    const tags = [
      tag(1, "a", { device: "plc" }),
      tag(2, "b", { device: "forbidden" }),
      tag(3, "c", { device: "plc-2" }),
    ];
    const { store, runner, settled, setAside } = await running({ publisher }, tags);
    store.addData("live", columns(sample(1, 1, 1), sample(2, 2, 2), sample(2, 3, 3), sample(3, 4, 4)));
    await settled();
    const [record, ...others] = setAside();
    expect(record).toMatchObject({
      position: 2,
      firstRow: 1,
      rows: 2,
      path: "b",
      reason: expect.stringMatching(/4 times on the birth of device forbidden/),
    });
    expect(others).toEqual([]);
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 2 });
    // Once together with others, so that nobody knew; then four times alone.
    expect(births.filter((device) => device === "forbidden")).toHaveLength(5);
    expect(births.slice(-2)).toEqual(["plc", "plc-2"]);
  });

  it("counts its sessions from zero, over restarts of the station too; a damaged file is no reason to be silent", async () => {
    const { publisher, make, topics, bdSeq, folder } = await bench();
    const births = () => topics().filter((topic) => topic === "NBIRTH/nonreturn").length;
    await expect.poll(births).toBe(1);
    expect(bdSeq("NBIRTH/nonreturn")).toBe(0);
    const again = async () => {
      const [before, next] = [births(), make()];
      await next.connect(signal);
      await expect.poll(births, { timeout: 30_000 }).toBe(before + 1);
      await next.close();
      return bdSeq("NBIRTH/nonreturn");
    };
    await publisher.close();
    expect([await again(), await again()]).toEqual([1, 2]);
    const file = join(folder, "sparkplug-sparkplug.json");
    for (const [content, expected] of [
      ['{"format":"nonreturn-sparkplug/1","bdSeq":255}', 0],
      ['{"format":"nonreturn-sparkplug/1","bdSeq":256}', 0],
      ["half a fi", 0],
      ["null", 0],
    ] as const) {
      writeFileSync(file, content);
      expect(await again(), content).toBe(expected);
    }
    rmSync(file);
    mkdirSync(file); // cannot be written either
    expect(await again()).toBe(0);
  });
});
