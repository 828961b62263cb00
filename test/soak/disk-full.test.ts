/** The disk of either station runs full while the line works: an alarm, nothing corrupt, nothing silently lost, and it goes on by itself. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { floodLink } from "../support/hostile/flood-link.ts";
import { HostileTraffic } from "../support/hostile/hostile-traffic.ts";
import { itPlace } from "../support/hostile/it-process.ts";
import { prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const DISK_BYTES = 32 * 1024 * 1024;

/** Root only. */
function mountSmall(folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES},mode=700`, "tmpfs", folder]);
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
}

/** Takes every block there is. */
function fill(folder: string): void {
  for (let at = 0; statfsSync(folder).bavail > 0; at++) {
    try {
      writeFileSync(join(folder, `ballast-${at}`), Buffer.alloc(1 << 20));
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOSPC") throw error;
    }
  }
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) if (name.startsWith("ballast-")) rmSync(join(folder, name));
}

test("IT: recording pauses with an alarm, and every block is there in the end", { timeout: 600_000 }, async () => {
  const disk = join(temporaryFolder(), "disk");
  mountSmall(disk);
  const place = await itPlace(71, disk);
  const station = await place.start();
  const traffic = new HostileTraffic(71, place.keys);
  let { validBlocks } = await floodLink(traffic, place.port, 1000);
  await until("blocks are recorded", async () => (await place.status()).figures.record_stored_blocks === validBlocks);

  fill(disk);
  validBlocks += (await floodLink(traffic, place.port, 3000)).validBlocks;
  const full = await until("the alarm", async () => {
    fill(disk); // what a checkpoint or the historian gave back
    validBlocks += (await floodLink(traffic, place.port, 100)).validBlocks;
    const now = await place.status();
    return now.alarms.some((alarm) => /cannot be recorded: there is no room left/.test(alarm)) ? now : undefined;
  });
  expect(full.figures.record_commit_failures_total).toBeGreaterThan(0);
  expect(full.figures.record_stored_blocks).toBeLessThan(validBlocks); // control: some wait
  expect(station.stderr()).toContain('"code":"DISK_FULL"');

  empty(disk);
  await until("every block that waited is recorded, and the alarm is over", async () => {
    const { figures, alarms } = await place.status();
    return figures.record_stored_blocks === validBlocks && !alarms.some((alarm) => /cannot be recorded/.test(alarm));
  });
  station.signal("SIGTERM");
  expect((await station.ended).code).toBe(0);
  expect((await place.run(["verify"]).ended).code).toBe(0);
});

test("OT: samples wait, what is dropped is named in a loss record, and it goes on", { timeout: 600_000 }, async () => {
  const line = await prepareLine({ seed: 72, secondPassAfter: "2s" });
  onTestFinished(() => line.close());
  const disk = line.folder.otData;
  mountSmall(disk);
  await line.it.start();
  await line.ot.start();
  const figure = async (station: "ot" | "it", name: string) => (await line[station].status()).figures[name] ?? 0;
  const isAlarmed = async () => (await line.ot.status()).alarms.some((alarm) => /the disk is full/.test(alarm));
  await until("blocks are journaled", async () => (await figure("ot", "journal_blocks_total")) > 5);

  fill(disk);
  await until("the alarm, and samples that had to be dropped", async () => {
    fill(disk);
    return (await isAlarmed()) && (await figure("ot", "journal_samples_lost_total")) > 0;
  });
  empty(disk);
  await until("the alarm is over", async () => !(await isAlarmed()));
  await until("the loss record at the IT station", async () => (await figure("it", "record_loss_records_total")) > 0);
  const head = await figure("ot", "journal_head_sequence");
  await until("it goes on", async () => (await figure("ot", "journal_head_sequence")) > head + 5);
  expect(await line.ot.stop()).toBe(0);
  await line.ot.start(); // the journal is whole: a start looks at its blocks
  await until("every block at the IT station, and no gap", async () => {
    const held = await figure("it", "record_stored_blocks");
    return held > head && (await line.gaps()).every(({ state }) => state !== "open");
  });
  await line.it.stop();
});
