import { expect, test } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import {
  messagePortPair,
  type StationError,
  startWorker,
  systemClock,
  type WorkerThread,
  workerPort,
} from "../../src/index.ts";

type Any = Record<string, unknown>;
const url = new URL("../fixtures/echo-worker.ts", import.meta.url);

function start(settings: Any = {}, transfer: Parameters<typeof startWorker>[3] = {}): WorkerThread<Any, Any> {
  return startWorker<Any, Any>(url, { greeting: "hello", ...settings }, "echo", transfer);
}

const next = (worker: WorkerThread<Any, Any>): Promise<Any> => new Promise((resolve) => worker.onMessage(resolve));

test("a .ts worker gets its settings and answers", async () => {
  const worker = start();
  worker.post({ type: "echo", value: { n: 1n, bytes: new Uint8Array([1, 2]) } });
  expect(await next(worker)).toEqual({
    type: "echo",
    greeting: "hello",
    value: { n: 1n, bytes: new Uint8Array([1, 2]) },
  });
  await worker.stop();
  await expect(worker.exited).resolves.toBeUndefined();
});

test("transferred buffers move: the sender's is gone", async () => {
  const worker = start();
  const buffer = new Float64Array([1, 2, 3]);
  worker.post({ type: "double", buffer }, [buffer.buffer]);
  expect(buffer.length).toBe(0);
  expect(await next(worker)).toEqual({ type: "doubled", buffer: new Float64Array([2, 4, 6]) });
  await worker.stop();
});

test("two workers talk past the main thread", async () => {
  const [a, b] = messagePortPair();
  const first = start({ peer: a }, { transfer: [a] });
  const second = start({ peer: b }, { transfer: [b] });
  const heard = next(second);
  first.post({ type: "forward", value: "block" });
  expect(await heard).toEqual({ type: "from-peer", value: "block" });
  await Promise.all([first.stop(), second.stop()]);
});

test("a StationError thrown in the worker arrives as one; anything else is WORKER_FAILED", async () => {
  const one = start();
  one.post({ type: "throw", station: true });
  await expect(one.exited).rejects.toMatchObject({
    name: "StationError",
    code: "DATABASE_CORRUPT",
    what: "broken",
    where: "/j.db",
    action: "Mend it.",
  });
  const two = start();
  two.post({ type: "throw", station: false });
  const error = await two.exited.catch((caught: unknown) => caught as StationError);
  expect(error).toMatchObject({
    code: "WORKER_FAILED",
    what: "the echo thread failed: a defect",
    cause: { message: "a defect" },
  });
  const three = start();
  three.post({ type: "reject" });
  await expect(three.exited).rejects.toMatchObject({
    code: "WORKER_FAILED",
    what: expect.stringContaining("nobody caught this"),
  });
});

test("ending: code 0 is an end, another code is a failure, a missing file is a failure", async () => {
  const good = start();
  good.post({ type: "exit", code: 0 });
  await expect(good.exited).resolves.toBeUndefined();
  const bad = start();
  bad.post({ type: "exit", code: 7 });
  await expect(bad.exited).rejects.toMatchObject({
    code: "WORKER_FAILED",
    what: "the echo thread failed: it ended with code 7",
  });
  await expect(startWorker(new URL("./missing.ts", import.meta.url), {}, "missing").exited).rejects.toMatchObject({
    code: "WORKER_FAILED",
  });
});

test("a thread that gets no file descriptor says so, and what to allow", async () => {
  const worker = start();
  worker.post({ type: "throw", station: false, message: "Worker initialization failure: EMFILE" });
  await expect(worker.exited).rejects.toMatchObject({
    code: "FILE_DESCRIPTORS",
    action: expect.stringContaining("LimitNOFILE"),
  });
});

test("finish: asks first, ends by force after the deadline, reports a crash", async () => {
  const polite = start();
  await expect(polite.finish({ type: "stop" }, systemClock, 60_000)).resolves.toBe("finished");

  const clock = manualClock();
  const stuck = start();
  stuck.post({ type: "echo", value: 1 });
  await next(stuck);
  stuck.post({ type: "hang" });
  const outcome = stuck.finish({ type: "stop" }, clock, 5000);
  clock.advance(5000);
  await expect(outcome).resolves.toBe("terminated");

  const crashing = start();
  await expect(crashing.finish({ type: "throw", station: true }, systemClock, 60_000)).rejects.toMatchObject({
    code: "DATABASE_CORRUPT",
  });
  await expect(crashing.exited).rejects.toBeDefined();
});

test("the heap limit ends the worker, not the station", async () => {
  const worker = startWorker<Any, Any>(new URL("../fixtures/greedy-worker.ts", import.meta.url), {}, "greedy", {
    maximumHeapMb: 32,
  });
  await expect(worker.exited).rejects.toMatchObject({ code: "WORKER_FAILED" });
});

test("post after the end does nothing; stop is idempotent", async () => {
  const worker = start();
  await worker.stop();
  await worker.stop();
  worker.close();
  expect(() => worker.post({ type: "echo", value: 1 })).not.toThrow();
});

test("a worker file started as a program says so", () => {
  // vitest itself may run tests in worker threads; only on a main thread is there no parent.
  expect(() => workerPort()).toThrow(expect.objectContaining({ code: "NOT_A_WORKER" }) as Error);
});
