/** The line between two strangers: a PLC by pymodbus at one end, mosquitto behind TLS and the sqlite3 command at the other. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { startProgram } from "../support/child-program.ts";
import { runDebian } from "../support/debian-program.ts";
import { freeUdpPort } from "../support/free-port.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { startPlc } from "../support/pymodbus.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const LAUNCHER = {
  ot: new URL("../../packages/ot-sender/bin/nonreturn-ot.js", import.meta.url).pathname,
  it: new URL("../../packages/it-receiver/bin/nonreturn-it.js", import.meta.url).pathname,
};
const DEADLINE = { timeout: 40_000, interval: 100 };

/** Run a command of a station to its end; its standard output. */
async function station(which: "ot" | "it", ...args: readonly string[]): Promise<string> {
  const program = startProgram([LAUNCHER[which], ...args]);
  const { code } = await program.ended;
  expect([code, program.stderr()]).toEqual([0, ""]);
  return program.stdout();
}

/** Start a station; resolves once it runs. */
async function run(which: "ot" | "it", config: string): Promise<void> {
  await startProgram([LAUNCHER[which], "run", "--config", config]).seen(/^\{"event":"running"/m);
}

describe("from a pymodbus PLC to mosquitto and SQL", () => {
  it("every value arrives as it was, exact to the last digit", async () => {
    const plc = await startPlc({
      1: {
        hr: [
          { at: 0, type: "INT16", value: "1824" },
          { at: 10, type: "UINT64", value: "18446744073709551615", order: "CDAB" },
          { at: 20, type: "FLOAT64", value: "0.1", order: "CDAB" },
          { at: 30, type: "BYTES", value: Buffer.from("批次-7/Süd\0\0\0\0", "utf8").toString("hex") },
        ],
        co: { 3: true },
      },
    });
    const broker = await startMosquitto("guarded");
    const subscriber = await broker.subscribe("werk/#");
    const folder = temporaryFolder();
    const at = (name: string): string => join(folder, name);
    const port = await freeUdpPort();
    const write = (name: string, config: unknown): string => {
      writeFileSync(at(name), stringify(config));
      return at(name);
    };
    const it = write("it.yaml", {
      station: { name: "it", dataFolder: "./it", mode: "lab" },
      link: { listen: `127.0.0.1:${port}` },
      publishers: [{ type: "historian" }, { type: "mqtt", url: broker.url, prefix: "werk", ...broker.credentials }],
    });
    const ot = write("ot.yaml", {
      station: { name: "ot", dataFolder: "./ot", mode: "lab" },
      link: { destination: `127.0.0.1:${port}`, rate: "100Mbit", secondPass: "off" },
      scanClasses: { normal: "200ms" },
      devices: [
        {
          ...{ name: "plc", driver: "modbus", ...plc, byteOrder: "CDAB" },
          tags: [
            { path: "dampf/temperatur", address: "hr:0", type: "INT16", scale: 0.1, unit: "°C" },
            { path: "zähler", address: "hr:10", type: "UINT64" },
            { path: "充填/率", address: "hr:20", type: "FLOAT64" },
            { path: "charge", address: "hr:30", type: "STRING", length: 18, charOrder: "AB" },
            { path: "pumpe", address: "co:3" },
            { path: "fehlt", address: "hr:999", type: "INT16" },
          ],
        },
      ],
    });
    await station("it", "keys", "new", "--config", it, "--out", at("enrolment.json"));
    await station("ot", "keys", "pair", at("enrolment.json"), "--config", ot, "--out", at("pairing.json"));
    await station("it", "keys", "accept", at("pairing.json"), "--config", it);
    await run("it", it);
    await run("ot", ot);

    const wanted: Readonly<Record<string, readonly [value: unknown, quality: string]>> = {
      "werk/dampf/temperatur": [182.4, "good"],
      "werk/zähler": ["18446744073709551615", "good"],
      "werk/充填/率": [0.1, "good"],
      "werk/charge": ["批次-7/Süd", "good"],
      "werk/pumpe": [true, "good"],
      "werk/fehlt": [null, "bad"],
    };
    const seen = (): Record<string, readonly [unknown, string]> =>
      Object.fromEntries(
        subscriber
          .messages()
          .filter(({ topic }) => topic !== "werk/$status")
          .map(({ topic, payload }) => {
            const { value, quality } = JSON.parse(payload) as { value: unknown; quality: string };
            return [topic, [value, quality]];
          }),
      );
    await expect.poll(seen, DEADLINE).toEqual(wanted);

    const statement = "SELECT path, value_text, quality FROM samples";
    const csv = at("samples.csv");
    await expect
      .poll(async () => {
        writeFileSync(csv, await station("it", "sql", statement, "--csv", "--config", it));
        const query = "SELECT DISTINCT path, value_text, quality FROM samples ORDER BY path";
        const { stdout } = await runDebian("sqlite3", [":memory:", `.import --csv ${csv} samples`, query]);
        return stdout.trimEnd().split("\n");
      }, DEADLINE)
      .toEqual([
        "charge|批次-7/Süd|good",
        "dampf/temperatur|182.4|good",
        "fehlt||bad",
        "pumpe|true|good",
        "zähler|18446744073709551615|good",
        "充填/率|0.1|good",
      ]);
    expect(await station("it", "verify", "--all-signatures", "--config", it)).toMatch(/^Everything holds: [1-9]/);
  });
});
