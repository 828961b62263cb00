/** Simulated CPUs and drivers for the S7 driver's tests. */

import { type Plant, plantSection, seededRandom, startPlant } from "@nonreturn/hardware-sim";
import { createLog, type HostPort } from "@nonreturn/station";
import type { DataType } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { type IsoProxy, startIsoProxy, type Tampered } from "../../../../../test/contract/driver-contract/iso-proxy.ts";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import type { PollingDriver, TagAddress } from "../../../src/drivers/driver.ts";
import { s7 } from "../../../src/drivers/s7/index.ts";

export const never = new AbortController().signal;

/** DB1 of 1000 bytes holds its own address, plus 257. */
export async function startCpu(more: object = {}): Promise<Plant> {
  const settings = plantSection.parse({
    devices: [{ name: "cpu", protocol: "s7", areas: [{ area: "DB1", bytes: 1000, fill: "echo" }], ...more }],
  });
  const plant = await startPlant(settings, { seed: 1, clock: patientClock, folder: ".", truth: { keep: 1000 } });
  onTestFinished(() => plant.close());
  return plant;
}

export async function tampering(plant: Plant, tamper: (frame: Buffer, number: number) => Tampered): Promise<IsoProxy> {
  const proxy = await startIsoProxy(plant.addressOf("cpu"), tamper);
  onTestFinished(() => proxy.close());
  return proxy;
}

export function driverOn(address: HostPort, config: object = {}, timezone = "UTC"): PollingDriver {
  const parsed = z.strictObject(s7.deviceShape).parse({ ...address, timeout: "200ms", ...config });
  const [driver] = s7.createChannel([{ device: "cpu", config: parsed as never, timezone }], {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
  }) as PollingDriver[];
  onTestFinished(() => driver!.close());
  return driver!;
}

/** Tags with ids from 1; the type is that of the address. */
export function tagsAt(addresses: readonly string[], dataType?: DataType): TagAddress[] {
  return addresses.map((address, index) => ({
    tagId: index + 1,
    path: `t/${index + 1}`,
    address,
    dataType: dataType ?? s7.typeOf(address) ?? "UINT16",
    options: {},
  }));
}

/** Every way a frame can be spoilt, by chance: bytes changed, inserted, cut off; lengths that lie; another frame's end. */
export function spoiler(seed: number): (frame: Uint8Array) => Uint8Array {
  const random = seededRandom(seed, "spoiler");
  const below = (limit: number): number => Math.floor(random() * limit);
  return (frame) => {
    let bytes: Uint8Array = frame.slice();
    for (let changes = 1 + below(3); changes > 0 && bytes.length > 0; changes--) {
      const at = below(bytes.length);
      switch (below(6)) {
        case 0:
          bytes[at] = below(256);
          break;
        case 1:
          bytes[at]! ^= 1 << below(8);
          break;
        case 2:
          bytes = bytes.slice(0, at);
          break;
        case 3:
          bytes = Uint8Array.of(...bytes.subarray(0, at), below(256), ...bytes.subarray(at));
          break;
        case 4: // cut, and its length made true: what is inside is too short
          bytes = bytes.slice(0, Math.max(7, at));
          bytes[2] = 0;
          bytes[3] = bytes.length;
          break;
        default: // the lengths of the S7 header and of the first item
          bytes[[13, 14, 15, 16, 19, 20, 21, 22, 23, 24][below(10)]!] = below(256);
      }
    }
    return bytes;
  };
}
