import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startProgram } from "../../../../test/support/child-program.ts";
import { Figures, type Health, startMetricsServer } from "../../src/index.ts";

const local = { host: "127.0.0.1", port: 0 };

async function started(reasons: string[] = []) {
  const figures = new Figures("ot", [{ name: "samples_read_total", kind: "counter", help: "Samples." }]);
  const server = await startMetricsServer(local, {
    figures: [figures],
    health: (): Health => ({ reasons }),
  });
  onTestFinished(() => server.close());
  return { figures, server, base: `http://127.0.0.1:${server.address.port}` };
}

test("/metrics shows our figures and the process's", async () => {
  const { figures, base } = await started();
  figures.add("samples_read_total", 3);
  const response = await fetch(`${base}/metrics`);
  const text = await response.text();
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toContain("\nnonreturn_ot_samples_read_total 3\n");
  expect(text).toContain("process_resident_memory_bytes ");
  figures.add("samples_read_total", 1);
  expect(await (await fetch(`${base}/metrics`)).text()).toContain("\nnonreturn_ot_samples_read_total 4\n");
});

test("/health is 200 without reasons and 503 with them", async () => {
  const reasons: string[] = [];
  const { base } = await started(reasons);
  const good = await fetch(`${base}/health`);
  expect([good.status, await good.json()]).toEqual([200, { state: "healthy", reasons: [] }]);
  reasons.push("the link has been silent for 12 s");
  const bad = await fetch(`${base}/health`);
  expect([bad.status, await bad.json()]).toEqual([503, { state: "unhealthy", reasons }]);
});

test("an address in use is METRICS_LISTEN with the address", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  const sources = { figures: [], health: () => ({ reasons: [] }) };
  await expect(startMetricsServer({ host: "127.0.0.1", port }, sources)).rejects.toMatchObject({
    code: "METRICS_LISTEN",
    where: `127.0.0.1:${port}`,
  });
});

test("serves with code generation from strings switched off (decision 0005)", async () => {
  const flag = "--disallow-code-generation-from-strings";
  const ours = startProgram([flag, new URL("../fixtures/serve-once.ts", import.meta.url).pathname]);
  expect(await ours.ended).toMatchObject({ code: 0 });
  expect(ours.stdout()).toContain("nonreturn_ot_samples_read_total 0");
  expect(ours.stdout()).toContain('"state":"healthy"');
  // The flag does something: what it forbids fails.
  const control = startProgram([flag, "-e", "new Function('return 1')"]);
  expect(await control.ended).toMatchObject({ code: 1 });
  expect(control.stderr()).toContain("Code generation from strings disallowed");
});
