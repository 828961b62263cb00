import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { freeTcpPort } from "../../../../test/support/free-port.ts";
import {
  collectGarbage,
  controlRequest,
  controlSocketPath,
  createLog,
  Figures,
  type ServedPipeline,
  serveStation,
  systemClock,
} from "../../src/index.ts";

const log = createLog({ name: "ot", level: "silent" });

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "serve-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

class Line implements ServedPipeline {
  readonly failed = new Promise<never>(() => undefined);
  readonly calls: string[] = [];
  reasons: readonly string[] = [];
  status(): object {
    return { blocks: 7 };
  }
  drain(): Promise<object> {
    this.calls.push("drain");
    return Promise.resolve({ headSequence: 12 });
  }
  stop(): Promise<void> {
    this.calls.push("stop");
    return Promise.resolve();
  }
}

function served(folder: string, startPipeline: () => Promise<Line>, port?: number) {
  const figures = new Figures("ot", [{ name: "samples_read_total", kind: "counter", help: "Samples." }]);
  return serveStation(
    {
      name: "hall-1",
      mode: "lab",
      softwareVersion: "1.2.3",
      dataFolder: folder,
      metrics: {
        listen: port === undefined ? undefined : { host: "127.0.0.1", port },
        modePrefix: "ot_station",
        figures: [figures],
      },
      startPipeline,
      healthReasons: ({ reasons }) => reasons,
      routes: (running) => ({ "POST /replay": () => ({ replayedBy: running().status() }) }),
    },
    systemClock,
    log,
  );
}

test("while the pipeline starts, status and drain say so, and what needs it is refused", async () => {
  const folder = dataFolder();
  const socket = controlSocketPath(folder);
  const line = new Line();
  let begin: (line: Line) => void = () => undefined;
  const starting = served(folder, () => new Promise<Line>((resolve) => (begin = resolve)));
  await expect.poll(() => existsSync(socket)).toBe(true);
  const state = { state: "starting", station: "hall-1", mode: "lab" };
  expect(await controlRequest(socket, "GET", "/status")).toEqual(state);
  expect(await controlRequest(socket, "POST", "/drain")).toEqual(state);
  await expect(controlRequest(socket, "POST", "/replay")).rejects.toMatchObject({ code: "STATION_NOT_RUNNING" });

  begin(line);
  const { stop, pipeline } = await starting;
  expect(pipeline).toBe(line);
  expect(await controlRequest(socket, "GET", "/status")).toMatchObject({
    state: "running",
    station: "hall-1",
    mode: "lab",
    version: "1.2.3",
    blocks: 7,
  });
  expect(await controlRequest(socket, "POST", "/drain")).toEqual({ headSequence: 12 });
  expect(await controlRequest(socket, "POST", "/replay")).toEqual({ replayedBy: { blocks: 7 } });
  await stop();
  expect(line.calls).toEqual(["drain", "stop"]);
  expect(existsSync(socket)).toBe(false);
});

test("metrics show the mode and the station's figures, health its reasons", async () => {
  const line = new Line();
  const port = await freeTcpPort();
  const { stop } = await served(dataFolder(), async () => line, port);
  onTestFinished(stop);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain("\nnonreturn_ot_station_lab_mode 1\n");
  expect(metrics).toContain("\nnonreturn_ot_samples_read_total 0\n");
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  line.reasons = ["device press: no route to host"];
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  expect([health.status, await health.json()]).toEqual([503, { state: "unhealthy", reasons: line.reasons }]);
});

test("a pipeline that cannot start leaves no control socket behind", async () => {
  const folder = dataFolder();
  await expect(served(folder, () => Promise.reject(new Error("no journal")))).rejects.toThrow("no journal");
  expect(existsSync(controlSocketPath(folder))).toBe(false);
});

test("metrics that cannot listen stop the pipeline again", async () => {
  const folder = dataFolder();
  const other = createServer();
  const port = await freeTcpPort();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const line = new Line();
  await expect(served(folder, async () => line, port)).rejects.toMatchObject({ code: "METRICS_LISTEN" });
  expect(line.calls).toEqual(["stop"]);
  expect(existsSync(controlSocketPath(folder))).toBe(false);
});

test("what the pipeline was started from is not kept", async () => {
  const kept: unknown[] = [];
  const configured = async (): Promise<WeakRef<object>> => {
    const large = { tags: ["press/pressure"] };
    const start = async (): Promise<Line> => {
      expect(large.tags).toHaveLength(1);
      return new Line();
    };
    kept.push(start);
    const { stop } = await served(dataFolder(), start);
    onTestFinished(stop);
    return new WeakRef(large);
  };
  const large = await configured();
  await setImmediate(); // a WeakRef holds its object until the end of the turn that made it
  collectGarbage();
  expect(large.deref()).toBeDefined(); // whoever keeps the function keeps all that it refers to
  kept.pop();
  await setImmediate();
  collectGarbage();
  expect(large.deref()).toBeUndefined();
});
