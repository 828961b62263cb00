import { describe, expect, test } from "vitest";
import { startProgram } from "../../../../test/support/child-program.ts";

const station = (...args: string[]) =>
  startProgram([new URL("../fixtures/station.ts", import.meta.url).pathname, ...args]);

describe("runStation", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s stops in order and ends with 0", async (signal) => {
    const program = station("good");
    await program.seen(/running/);
    program.signal(signal);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toBe("running\nstopping\nstopped\n");
    expect(program.stderr()).toContain("has stopped");
  });

  test("a start that fails ends with the error's exit code and tells people and the log", async () => {
    const program = station("start-fails");
    expect(await program.ended).toEqual({ code: 3, signal: null });
    expect(program.stderr()).toContain("error KEYS_MISSING: no keys\n   at /data/keys\n   do Run nonreturn-ot keys.\n");
    const line = JSON.parse(program.stderr().split("\n")[0] ?? "") as unknown;
    expect(line).toMatchObject({ level: "fatal", err: { code: "KEYS_MISSING", action: "Run nonreturn-ot keys." } });
  });

  test("a defect while starting ends with 1", async () => {
    expect(await station("start-defect").ended).toEqual({ code: 1, signal: null });
  });

  test.each([
    "throws",
    "rejects",
  ])("what nobody catches (%s) is logged and ends with 1, without an ordered stop", async (how) => {
    const program = station(how);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toContain("nobody caught this");
    expect(program.stdout()).toBe("running\n");
  });

  test("a part that fails stops the station in order, with the error's exit code", async () => {
    const program = station("part-fails");
    expect(await program.ended).toEqual({ code: 4, signal: null });
    expect(program.stdout()).toBe("running\nstopping\nstopped\n");
    expect(program.stderr()).toContain("error DATABASE_CORRUPT: broken");
  });

  test("a stop that takes too long, or fails, ends with 1", async () => {
    for (const how of ["stop-slow", "stop-fails"]) {
      const program = station(how, "200");
      await program.seen(/running/);
      program.signal("SIGTERM");
      expect(await program.ended).toEqual({ code: 1, signal: null });
    }
  });

  test("stopped while starting: 0 if start gives up, 1 after the deadline if it does not", async () => {
    const polite = station("start-slow");
    await polite.seen(/starting/);
    polite.signal("SIGTERM");
    expect(await polite.ended).toEqual({ code: 0, signal: null });
    const deaf = station("start-deaf", "200");
    await deaf.seen(/starting/);
    deaf.signal("SIGTERM");
    expect(await deaf.ended).toEqual({ code: 1, signal: null });
  });

  test("SIGHUP reloads, after the start if it comes before; without a meaning for it the process ends as any other", async () => {
    const program = station("reloads");
    await program.seen(/starting/);
    program.signal("SIGHUP");
    await program.seen(/running\nreloading/);
    program.signal("SIGHUP");
    await program.seen(/reloading\nreloading/);
    program.signal("SIGTERM");
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toBe("starting\nrunning\nreloading\nreloading\nstopping\nstopped\n");
    const other = station("good");
    await other.seen(/running/);
    other.signal("SIGHUP");
    expect(await other.ended).toEqual({ code: null, signal: "SIGHUP" });
  });

  test("the same Ctrl-C delivered twice is one; a later second signal ends at once", async () => {
    const program = station("stop-slow");
    await program.seen(/running/);
    program.signal("SIGINT");
    await program.seen(/stopping/);
    program.signal("SIGINT");
    program.signal("SIGTERM");
    // Repeated until it counts as a second one: the program must outlive the first repeats and end by a later one.
    const again = setInterval(() => program.signal("SIGINT"), 100);
    const end = await program.ended;
    clearInterval(again);
    expect(end).toEqual({ code: 130, signal: null });
    expect(program.stderr()).toContain("second signal");
  });
});
