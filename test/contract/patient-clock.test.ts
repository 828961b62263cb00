/** The clock by which tests of drivers live: what is slow there is the device, never the machine. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { type Clock, sleep, systemClock } from "@nonreturn/station";
import { expect, onTestFinished, test } from "vitest";
import { patientClock } from "../support/patient-clock.ts";

/** What comes first at a process that stands still for longer than the time-out, while the reply is on its way. */
async function first(clock: Clock): Promise<string> {
  const server = createServer((socket) => void socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  await once(socket, "connect");
  const answer = new Promise<string>((resolve) => {
    clock.after(50, () => resolve("time-out"));
    socket.once("data", () => resolve("reply"));
  });
  socket.write("x");
  for (const endMs = performance.now() + 300; performance.now() < endMs; );
  return answer;
}

test("a machine that lets the process wait makes no time-out run out", async () => {
  expect(await first(systemClock)).toBe("time-out"); // control
  expect(await first(patientClock)).toBe("reply");
});

test("otherwise it is a clock: timers in order, none early, none that was cancelled", async () => {
  const beganMs = [patientClock.monotonicMs(), systemClock.monotonicMs()] as const;
  const ran: string[] = [];
  patientClock.after(40, () => ran.push("second"));
  patientClock.after(20, () => ran.push("first"));
  patientClock.after(10, () => ran.push("cancelled"))();
  let times = 0;
  const cancel = patientClock.every(10, () => times++);
  await sleep(patientClock, 60);
  cancel();
  expect(ran).toEqual(["first", "second"]);
  expect(patientClock.monotonicMs() - beganMs[0]).toBeGreaterThanOrEqual(60);
  expect(systemClock.monotonicMs() - beganMs[1]).toBeGreaterThanOrEqual(59);
  expect(times).toBeGreaterThan(1);
  const before = times;
  await sleep(patientClock, 30);
  expect(times).toBe(before);
});
