import { createLog } from "@nonreturn/station";
import { DataType, DataValue, OPCUACertificateManager, StatusCodes, VariantArrayType } from "node-opcua";
import { expect, onTestFinished, test, vi } from "vitest";
import { startScriptedOpcua } from "../../../../../test/support/hostile/scripted-opcua.ts";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import { ConnectTurns, LONGEST_TURN_MS, TURNS_AT_ONCE } from "../../../src/drivers/opcua/connect-turns.ts";
import { PollingOpcuaDriver } from "../../../src/drivers/opcua/opcua-driver.ts";
import { configFor, driverFor } from "./opcua-fixture.ts";

const never = new AbortController().signal;
const settled = () => new Promise<void>((later) => setImmediate(later));

/** Takes turns for `count` devices; who has begun, and how to end each. */
async function queue(turns: ConnectTurns, count: number, clock = manualClock()) {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  for (let number = 0; number < count; number++)
    void turns.take(clock, never).then((end) => {
      begun.push(number);
      ends.set(number, end);
    });
  await settled();
  return { clock, begun, end: (number: number) => ends.get(number)!() };
}

test("a few at a time, first come, first served; ending twice counts once", async () => {
  const turns = new ConnectTurns();
  const { begun, end, clock } = await queue(turns, 6);
  expect(begun).toEqual([0, 1]);
  expect(turns.isBusy).toBe(true);
  end(1);
  end(1);
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  end(0);
  end(2);
  await settled();
  for (const number of [3, 4]) end(number);
  await settled();
  end(5);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  expect(turns.isBusy).toBe(false);
  expect(clock.waiting).toBe(0);
});

test("a server that dawdles does not keep the others", async () => {
  const turns = new ConnectTurns();
  const { begun, clock } = await queue(turns, 3 * TURNS_AT_ONCE);
  await clock.advanceAsync(LONGEST_TURN_MS);
  expect(begun).toHaveLength(2 * TURNS_AT_ONCE);
  await clock.advanceAsync(LONGEST_TURN_MS);
  expect(begun).toHaveLength(3 * TURNS_AT_ONCE);
});

test("who stops waiting takes no turn", async () => {
  const turns = new ConnectTurns();
  const { end, clock } = await queue(turns, TURNS_AT_ONCE);
  const stop = new AbortController();
  const waiting = turns.take(clock, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow("given up");
  await expect(turns.take(clock, AbortSignal.abort())).rejects.toThrow("given up");
  end(0);
  end(1);
  expect(turns.isBusy).toBe(false);
});

test("servers that come back together are connected a few at a time, each of them", async () => {
  const value = new DataValue({
    statusCode: StatusCodes.Good,
    value: { dataType: DataType.Double, arrayType: VariantArrayType.Scalar, value: 1 },
  });
  const turns = new ConnectTurns(60_000); // on a busy machine the usual turn is over before a session is there
  const log = createLog({ name: "test", level: "silent" });
  let [making, most] = [0, 0];
  const drivers = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const server = await startScriptedOpcua({
        values: [value],
        change(_, chunk) {
          // From the answer to CreateSession (i=464) to the first Read of the session (i=634).
          const type = chunk.readUInt16LE(26);
          if (type === 464) most = Math.max(most, ++making);
          if (type === 634) making--;
          return [chunk];
        },
      });
      onTestFinished(() => server.close());
      const driver = new PollingOpcuaDriver(configFor(server.address), {
        device: "test",
        clock: patientClock,
        log,
        turns,
      });
      onTestFinished(() => driver.close());
      return driver;
    }),
  );
  await Promise.all(drivers.map((driver) => driver.connect(never)));
  expect(most).toBeGreaterThan(0); // control
  expect(most).toBeLessThanOrEqual(TURNS_AT_ONCE);
});

test("of connections that were closed, lost or refused, none stays in the library's list of certificate managers", async () => {
  const made = vi.spyOn(OPCUACertificateManager.prototype, "initialize");
  // Its own dispose only counts down while somebody else holds it; that of what it extends takes it from the list.
  const listed = Object.getPrototypeOf(OPCUACertificateManager.prototype) as { dispose(): Promise<void> };
  const disposed = vi.spyOn(listed, "dispose");
  onTestFinished(() => void vi.restoreAllMocks());
  const server = await startScriptedOpcua({ values: [], change: (_, chunk) => [chunk] });
  onTestFinished(() => server.close());
  const driver = driverFor(server.address);
  for (let round = 0; round < 4; round++) {
    await driver.connect(never);
    if (round % 2 === 0) server.breakOff();
    await driver.close();
  }
  await server.close();
  await expect(driverFor(server.address).connect(never)).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  const all = new Set(made.mock.contexts);
  expect(all.size).toBe(5);
  expect(new Set(disposed.mock.contexts)).toEqual(all);
});

test("the refusal is told also if the library is giving the certificate manager up at the same time", async () => {
  const listed = Object.getPrototypeOf(OPCUACertificateManager.prototype) as { dispose(): Promise<void> };
  const disposed = vi.spyOn(listed, "dispose").mockRejectedValue(new Error("Already disposing"));
  onTestFinished(() => void vi.restoreAllMocks());
  const server = await startScriptedOpcua({ values: [], change: (_, chunk) => [chunk] });
  const driver = driverFor(server.address);
  await driver.connect(never);
  await expect(driver.close()).resolves.toBeUndefined();
  await server.close();
  await expect(driverFor(server.address).connect(never)).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  expect(disposed).toHaveBeenCalledTimes(2); // control
});
