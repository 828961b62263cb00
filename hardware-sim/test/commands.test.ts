import { createSocket } from "node:dgram";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { controlRequest } from "@nonreturn/station";
import { describe, expect, test, vi } from "vitest";
import { startProgram } from "../../test/support/child-program.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { closeClient, connectClient } from "./support/modbus-client.ts";

interface Simulator {
  /** The JSON line on stdout with this event. */
  event(name: "listening" | "statistics"): Promise<Record<string, unknown>>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  readonly ended: Promise<{ code: number | null }>;
  stdout(): string;
  stderr(): string;
}

/** `nonreturn-sim` as a process of its own, as a CI job would start it. */
function run(folder: string, command: "plant" | "diode", scenario: string, ...more: string[]): Simulator {
  const file = join(folder, "scenario.yaml");
  writeFileSync(file, scenario);
  const main = new URL("../src/main.ts", import.meta.url).pathname;
  const program = startProgram([main, command, "--scenario", file, ...more]);
  return {
    ended: program.ended,
    stdout: program.stdout,
    stderr: program.stderr,
    async event(name) {
      const [line] = await program.seen(new RegExp(`^\\{"event":"${name}".*\\}$`, "m"));
      return JSON.parse(line) as Record<string, unknown>;
    },
    async stop() {
      program.signal("SIGTERM");
      return (await program.ended).code;
    },
  };
}

const PLANT = "plant: { devices: [{ name: plc, listen: 127.0.0.1:502, units: [{ unmapped: echo }] }] }\n";
const WAIT = { timeout: 60_000, interval: 20 };

async function post(
  base: string,
  path: string,
  body: unknown,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`http://${base}${path}`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

describe("nonreturn-sim plant", () => {
  test("announces its ports, serves, suffers on command, and leaves statistics and truth behind", async () => {
    const folder = temporaryFolder();
    const truth = join(folder, "truth.jsonl");
    const plant = run(folder, "plant", PLANT, "--port", "0", "--control", "127.0.0.1:0", "--truth", truth);
    const { devices, control } = await plant.event("listening");
    const [device] = devices as { device: string; host: string; port: number }[];
    const client = await connectClient({ host: "127.0.0.1", port: device!.port });
    expect((await client.readHoldingRegisters(77, 3)).data).toEqual([77, 78, 79]);

    const busy = { device: "plc", fault: { kind: "exception", exception: "busy" } };
    expect((await post(String(control), "/fault", busy)).json).toMatchObject({ faults: ["exception"] });
    await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 6 });
    expect((await post(String(control), "/fault", { device: "plc", fault: "none" })).json).toMatchObject({
      faults: [],
    });
    expect((await client.readHoldingRegisters(0, 1)).data).toEqual([0]);

    const wrong = await post(String(control), "/fault", {
      device: "plc",
      fault: { kind: "exception", exception: "bussy" },
    });
    expect(wrong.status).toBe(400);
    expect(JSON.stringify(wrong.json)).toContain("busy");
    const statistics = (await (await fetch(`http://${String(control)}/statistics`)).json()) as object;
    expect(statistics).toMatchObject({ requests: 3, valuesServed: 4 });

    await closeClient(client);
    expect(await plant.stop()).toBe(0);
    expect((await plant.event("statistics")).statistics).toMatchObject({ requests: 3, valuesServed: 4 });
    expect(readFileSync(truth, "utf8").trimEnd().split("\n").length).toBe(4);
  });

  test("control also works on a Unix socket", async () => {
    const folder = temporaryFolder();
    const socket = join(folder, "control.sock");
    const plant = run(folder, "plant", PLANT, "--port", "0", "--control", socket);
    expect(await plant.event("listening")).toMatchObject({ control: socket });
    expect(await controlRequest(socket, "GET", "/statistics")).toMatchObject({ requests: 0 });
  });

  test.each([
    ["a mistake in the scenario", "plant: { devices: [{ nam: plc, units: [{}] }] }\n", [], 2, "nam"],
    ["no plant section", "seed: 1\n", [], 2, "plant"],
    [
      "a recording that is not there",
      'plant: { devices: [{ name: a, units: [{ registers: [{ at: "hr:0", signal: { kind: recorded, file: x.csv, column: a } }] }] }] }\n',
      [],
      2,
      "x.csv",
    ],
    ["a port that does not exist", PLANT, ["--port", "70000"], 2, "70000"],
    [
      "a control place that is none, before any device starts",
      PLANT.replace("127.0.0.1:502", "192.0.2.77:0"),
      ["--control", "somewhere"],
      2,
      'USAGE: "somewhere" is neither',
    ],
    ["an address that is not ours", PLANT.replace("127.0.0.1:502", "192.0.2.77:0"), [], 4, "192.0.2.77"],
  ])("%s ends with its exit code, a message and nothing on stdout", async (_, scenario, more, code, words) => {
    const plant = run(temporaryFolder(), "plant", scenario, ...more);
    expect((await plant.ended).code).toBe(code);
    expect(plant.stderr()).toContain(words);
    expect(plant.stdout()).toBe("");
  });
});

describe("nonreturn-sim diode", () => {
  test("forwards, goes dark and loses on command; received = forwarded + dropped at the end", async () => {
    const it = createSocket("udp4");
    const received: string[] = [];
    it.on("message", (bytes) => received.push(String(bytes)));
    await new Promise<void>((bound) => it.bind(0, "127.0.0.1", bound));
    const ot = createSocket("udp4");
    try {
      const diode = run(
        temporaryFolder(),
        "diode",
        `diode: { listen: 127.0.0.1:0, target: 127.0.0.1:${it.address().port} }\n`,
        "--control",
        "127.0.0.1:0",
      );
      const { port, control } = await diode.event("listening");
      const base = String(control);
      let sent = 0;
      const send = async (text: string, count: number) => {
        for (let n = 0; n < count; n++) ot.send(text, Number(port), "127.0.0.1");
        sent += count;
        await vi.waitFor(
          async () => expect(await (await fetch(`http://${base}/statistics`)).json()).toMatchObject({ received: sent }),
          WAIT,
        );
      };
      await send("first", 20);
      await vi.waitFor(() => expect(received.length).toBe(20), WAIT);
      await post(base, "/blackout", { for: "1h" });
      await send("dark", 20);
      await post(base, "/blackout", { for: "0ms" });
      expect((await post(base, "/impairments", { loss: "100%" })).status).toBe(200);
      await send("lost", 20);
      await post(base, "/impairments", {});
      await send("last", 20);
      await vi.waitFor(() => expect(received.length).toBe(40), WAIT);
      expect(received).toEqual([...new Array(20).fill("first"), ...new Array(20).fill("last")]);
      expect((await post(base, "/impairments", { los: "1%" })).status).toBe(400);
      expect(await diode.stop()).toBe(0);
      expect((await diode.event("statistics")).statistics).toMatchObject({
        received: 80,
        forwarded: 40,
        droppedTotal: 40,
        dropped: { blackout: 20, loss: 20 },
      });
    } finally {
      it.close();
      ot.close();
    }
  });
});

test("nonreturn-sim demo says what is wrong with a time, and starts nothing", async () => {
  const main = new URL("../src/main.ts", import.meta.url).pathname;
  const program = startProgram([main, "demo", "--for", "soon"]);
  expect(await program.ended).toMatchObject({ code: 2 });
  expect(program.stderr()).toContain('error USAGE: "soon" is no time');
  expect(program.stdout()).toBe("");
});
