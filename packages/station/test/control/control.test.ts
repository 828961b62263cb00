import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startProgram } from "../../../../test/support/child-program.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import {
  type ControlRoutes,
  controlRequest,
  controlSocketPath,
  StationError,
  startControlServer,
} from "../../src/index.ts";

async function started(folder: string, routes: ControlRoutes) {
  const server = await startControlServer(controlSocketPath(folder), routes);
  onTestFinished(() => server.close());
  return server;
}

test("asks and answers over a socket of mode 0600, which is gone after close", async () => {
  const folder = temporaryFolder();
  const server = await started(folder, {
    "GET /status": () => ({ read: 5 }),
    "POST /replay": async ({ body }) => ({ replaying: body }),
    "POST /nothing": () => undefined,
  });
  expect(server.socketPath).toBe(join(folder, "control.sock"));
  expect(statSync(server.socketPath).mode & 0o777).toBe(0o600);
  expect(await controlRequest(server.socketPath, "GET", "/status")).toEqual({ read: 5 });
  expect(await controlRequest(server.socketPath, "POST", "/replay", { gapCode: "ABCD" })).toEqual({
    replaying: { gapCode: "ABCD" },
  });
  expect(await controlRequest(server.socketPath, "POST", "/nothing")).toBeNull();
  await server.close();
  expect(existsSync(server.socketPath)).toBe(false);
});

test("the mask of the process is as it was", async () => {
  const before = process.umask();
  await started(temporaryFolder(), {});
  expect(process.umask()).toBe(before);
});

test("a StationError thrown by the station reaches the command line unchanged; defects do not leak", async () => {
  const failures: unknown[] = [];
  const folder = temporaryFolder();
  const server = await startControlServer(
    controlSocketPath(folder),
    {
      "POST /replay": () => {
        throw new StationError({
          code: "REPLAY_RANGE",
          what: "not journaled",
          where: "1…5",
          action: "Choose another.",
        });
      },
      "GET /defect": () => {
        throw new Error("inner");
      },
    },
    (error) => failures.push(error),
  );
  onTestFinished(() => server.close());
  await expect(controlRequest(server.socketPath, "POST", "/replay")).rejects.toMatchObject({
    code: "REPLAY_RANGE",
    what: "not journaled",
    where: "1…5",
    action: "Choose another.",
  });
  await expect(controlRequest(server.socketPath, "GET", "/defect")).rejects.toMatchObject({ code: "CONTROL_FAILED" });
  await expect(controlRequest(server.socketPath, "GET", "/unknown")).rejects.toMatchObject({ code: "CONTROL_REFUSED" });
  expect(failures).toHaveLength(1);
});

test("nobody there: the error says that the station is not running", async () => {
  const path = controlSocketPath(temporaryFolder());
  await expect(controlRequest(path, "GET", "/status")).rejects.toMatchObject({
    code: "STATION_NOT_RUNNING",
    where: path,
  });
});

test("the socket of a station that was killed is replaced, that of a running one is not", async () => {
  const folder = temporaryFolder();
  const path = controlSocketPath(folder);
  const killed = startProgram([
    "-e",
    `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("listening"))`,
  ]);
  await killed.seen(/listening/);
  await expect(startControlServer(path, {})).rejects.toMatchObject({ code: "CONTROL_SOCKET_IN_USE" });
  killed.signal("SIGKILL");
  await killed.ended;
  expect(existsSync(path)).toBe(true);
  await expect(controlRequest(path, "GET", "/status")).rejects.toMatchObject({ code: "STATION_NOT_RUNNING" });
  await started(folder, { "GET /status": () => "new" });
  expect(await controlRequest(path, "GET", "/status")).toBe("new");
});

test("a file in the socket's place, a missing folder and a path too long are told apart from each other", async () => {
  const folder = temporaryFolder();
  writeFileSync(controlSocketPath(folder), "not a socket");
  await expect(startControlServer(controlSocketPath(folder), {})).rejects.toMatchObject({
    code: "CONTROL_SOCKET",
    what: expect.stringContaining("not a socket"),
  });
  await expect(startControlServer("/nonexistent/control.sock", {})).rejects.toMatchObject({ code: "CONTROL_SOCKET" });
  await expect(startControlServer(`/tmp/${"x".repeat(120)}/control.sock`, {})).rejects.toMatchObject({
    action: "Choose a data folder with a shorter path.",
  });
});

test("whoever answers nonsense, or breaks off, is CONTROL_FAILED", async () => {
  const path = controlSocketPath(temporaryFolder());
  let reply = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{x}";
  const server = createServer(
    (socket) => void socket.once("data", () => socket.end(reply)).on("error", () => undefined),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  await expect(controlRequest(path, "GET", "/status")).rejects.toMatchObject({ code: "CONTROL_FAILED" });
  reply = "garbage\r\n\r\n";
  await expect(controlRequest(path, "GET", "/status")).rejects.toMatchObject({ code: "CONTROL_FAILED" });
});
