import { systemClock } from "@nonreturn/station";
import { expect, onTestFinished, test } from "vitest";
import { plantSection, startPlant } from "../../../src/index.ts";
import { faultSection } from "../../../src/scenario/fault-section.ts";

const VARIABLES = [
  { path: "/status", pointer: "/line/speed", signal: { kind: "constant", value: 12.5 } },
  { path: "/status", pointer: "/total", type: "UINT64", signal: { kind: "constant", value: "18446744073709551615" } },
  { path: "/zones", pointer: "", type: "INT16", count: 2, signal: { kind: "constant", value: 4 } },
];

async function start(options: object = {}) {
  const settings = plantSection.parse({
    devices: [{ name: "device", protocol: "rest", timestamp: "/time", variables: VARIABLES.slice(0, 2), ...options }],
  });
  const plant = await startPlant(settings, { seed: 1, clock: systemClock, folder: ".", truth: { keep: 100 } });
  onTestFinished(() => plant.close());
  const { host, port } = plant.addressOf("device");
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://${host}:${port}${path}`, { ...init, headers: { Connection: "close", ...init.headers } });
  return { plant, ask };
}

test("documents hold 64-bit integers in full and the time of the cycle; the truth says what was served", async () => {
  const { plant, ask } = await start();
  const text = await (await ask("/status?x=1")).text();
  expect(text).toMatch(/^\{"time":"20\d\d-[^"]+Z","line":\{"speed":12\.5\},"total":18446744073709551615\}$/);
  expect(plant.truth.records().map(({ register, value }) => [register, value])).toEqual([
    ["/status#/line/speed", 12.5],
    ["/status#/total", 18_446_744_073_709_551_615n],
  ]);
});

test("whatever is neither GET nor POST is refused and counts as a write; a whole document may be an array", async () => {
  const { plant, ask } = await start({ timestamp: undefined, variables: VARIABLES });
  expect(await (await ask("/zones", { method: "POST", body: "{}" })).text()).toBe("[4,4]");
  for (const method of ["PUT", "PATCH", "DELETE"]) expect((await ask("/zones", { method })).status).toBe(405);
  expect((await ask("/nothing")).status).toBe(404);
  expect(plant.statistics()).toMatchObject({ writesRefused: 3, requests: 2 });
});

test("account, token and faults", async () => {
  const { plant, ask } = await start({ username: "u", password: "p", token: "t" });
  const authorization = [undefined, "Bearer t", `Basic ${Buffer.from("u:p").toString("base64")}`, "Basic eDp5"];
  const statuses = [];
  for (const each of authorization)
    statuses.push((await ask("/status", each === undefined ? {} : { headers: { Authorization: each } })).status);
  expect(statuses).toEqual([401, 200, 200, 401]);
  await plant.beginFault("device", faultSection.parse({ kind: "http-status", status: 503, paths: "/st" }));
  expect((await ask("/status", { headers: { Authorization: "Bearer t" } })).status).toBe(503);
});

test("two values at one place are a mistake of the scenario", () => {
  const devices = [{ name: "d", protocol: "rest", variables: [VARIABLES[0], { ...VARIABLES[0], pointer: "/line" }] }];
  expect(plantSection.safeParse({ devices }).success).toBe(false);
});
