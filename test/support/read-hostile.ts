/** Lets the EtherNet/IP driver read damaged replies, so many, and counts what becomes of them.
 *  hostile controller → [read hostile] → test */

import { StationError } from "@nonreturn/station";
import { qualityOf, StatusCode } from "@nonreturn/wire-format";
import { seededRandom } from "../../hardware-sim/src/random/seeded-random.ts";
import type { TagAddress } from "../../packages/ot-sender/src/drivers/driver.ts";
import { hostileDriver } from "./hostile-controller.ts";
import { readSamples } from "./read-samples.ts";

const TAGS = [
  ["Temperature", "FLOAT32"],
  ["Echo[3]", "INT32"],
  ["Echo[5].1", "BOOLEAN"],
  ["Echo{900}", "INT32"],
  ["Total[7]", "INT64"],
  ["Flags[30]{40}", "BOOLEAN"],
  ["Names[6]", "STRING"],
  ["Names{8}", "STRING"],
  ["Program:Main.Motor[1]", "BYTES"],
  ["Program:Main.Motor[2].Name", "STRING"],
  ["NoSuchTag", "INT16"],
] as const;

export interface HostileResult {
  readonly mutated: number;
  readonly goodSamples: number;
  readonly badSamples: number;
  readonly connects: number;
  /** Reads that ended with CONNECTION_LOST or READ_ABORTED, and connects with DEVICE_UNREACHABLE. */
  readonly rejections: number;
}

/** @throws whatever the driver throws that is no StationError, and RangeError for samples that break the contract. */
export async function readHostile(replies: number, share: number, seed: number): Promise<HostileResult> {
  const { driver, figures } = hostileDriver(seededRandom(seed, "hostile"), share);
  const tags = TAGS.map(
    ([address, dataType], index): TagAddress => ({
      tagId: index + 1,
      path: `t/${index}`,
      address,
      dataType,
      options: {},
    }),
  );
  const never = new AbortController().signal;
  let plan = driver.plan(tags);
  const result = { goodSamples: 0, badSamples: 0, rejections: 0 };
  let isConnected = false;
  const target = () => (share === 0 ? figures.replies : figures.mutated);
  for (let turn = 0; target() < replies; turn++) {
    try {
      if (!isConnected) await driver.connect(never);
      isConnected = true;
      if (turn % 50 === 0) plan = driver.plan(tags); // refused tags are asked again
      const samples = await readSamples(driver, plan, never);
      if (samples.length !== tags.length) throw new RangeError(`${samples.length} samples for ${tags.length} tags`);
      for (const { value, statusCode } of samples) {
        const isBad = qualityOf(statusCode) === "bad";
        if (isBad !== (value === null)) throw new RangeError(`status ${statusCode} with value ${String(value)}`);
        if (statusCode === StatusCode.Good) result.goodSamples++;
        else result.badSamples++;
      }
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      if (!["CONNECTION_LOST", "DEVICE_UNREACHABLE"].includes(error.code)) throw error;
      result.rejections++;
      isConnected = false;
      await driver.close();
    }
  }
  await driver.close();
  return { ...result, mutated: figures.mutated, connects: figures.connects };
}
