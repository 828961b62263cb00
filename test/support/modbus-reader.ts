/** The OT station's Modbus driver reading one device, for tests.
 *  simulated plant → [Modbus driver] → samples by tag path */

import { createLog, type HostPort } from "@nonreturn/station";
import type { DataType, Sample } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { z } from "zod";
import type { DriverFactory, PollingDriver, ReadPlan } from "../../packages/ot-sender/src/drivers/driver.ts";
import { modbus, modbusRtu } from "../../packages/ot-sender/src/drivers/modbus/index.ts";
import { patientClock } from "./patient-clock.ts";
import { readSamples } from "./read-samples.ts";

export interface WantedTag {
  readonly address: string;
  readonly dataType: DataType;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface ModbusReader {
  readonly driver: PollingDriver;
  readonly plan: ReadPlan;
  connect(): Promise<void>;
  /** One scan: samples by address, in the order of the tags given. Rejects as the driver does when the connection is lost. */
  read(): Promise<ReadonlyMap<string, Sample>>;
}

/** Not connected yet; closed when the test ends. Tags are known by their address, so each address can be wanted once. */
export function modbusReader(address: HostPort, config: object, tags: readonly WantedTag[]): ModbusReader {
  return reader(modbus as DriverFactory, { host: address.host, port: address.port, ...config }, tags);
}

/** The same on a serial line. */
export function modbusSerialReader(serialPort: string, config: object, tags: readonly WantedTag[]): ModbusReader {
  return reader(modbusRtu as DriverFactory, { serialPort, ...config }, tags);
}

function reader(factory: DriverFactory, config: object, tags: readonly WantedTag[]): ModbusReader {
  const parsed = z.object(factory.deviceShape).parse(config);
  const log = createLog({ name: "test", level: "silent" });
  const [driver] = factory.createChannel([{ device: "plc", config: parsed, timezone: "UTC" }], {
    clock: patientClock,
    log,
  });
  if (driver?.kind !== "polling") throw new Error("Modbus is polled");
  const plan = driver.plan(
    tags.map(({ address, dataType, options }, index) => ({
      tagId: index + 1,
      path: `plant/${address}`,
      address,
      dataType,
      options: options ?? {},
    })),
  );
  const endless = new AbortController();
  onTestFinished(async () => {
    endless.abort();
    await driver.close();
  });
  return {
    driver,
    plan,
    connect: () => driver.connect(endless.signal),
    async read() {
      const samples = await readSamples(driver, plan, endless.signal);
      const byId = new Map(samples.map((sample) => [sample.tagId, sample]));
      if (byId.size !== samples.length) throw new Error("a tag has two samples");
      return new Map(
        tags.map(({ address }, index) => {
          const sample = byId.get(index + 1);
          if (sample === undefined) throw new Error(`no sample for ${address}`);
          return [address, sample];
        }),
      );
    },
  };
}
