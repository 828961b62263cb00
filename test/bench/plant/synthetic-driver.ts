/** A driver behind the contract that has its values at once: what the line carries is then limited by the line, not by a device.
 *  signals → [synthetic driver] → tag → report → … ; beside it the account of what it delivered */
import { setImmediate as nextTurn } from "node:timers/promises";
import { hash32 } from "../../../hardware-sim/src/index.ts";
import type {
  DriverFactory,
  PollingDriver,
  ReadPlan,
  TagAddress,
} from "../../../packages/ot-sender/src/drivers/driver.ts";
import type { Clock } from "../../../packages/station/src/index.ts";
import { openColumns, type SampleColumns, setValue } from "../../../packages/wire-format/src/index.ts";
import { type Signal, STEPS } from "./signals.ts";

/** By tag id: how many samples were read, and the sum of their values in the order of reading, which shows loss, repetition and disorder. */
export class PlantAccount {
  readonly counts: Float64Array;
  readonly sums: Float64Array;

  /** Ids 1 … tags: a new journal gives them in this order. */
  constructor(tags: number) {
    this.counts = new Float64Array(tags + 1);
    this.sums = new Float64Array(tags + 1);
  }

  get samples(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}

export interface SyntheticPlant {
  readonly signals: readonly Signal[];
  readonly account: PlantAccount;
  /** moving: every tag changes with every scan. still: none ever does. */
  readonly motion: "moving" | "still";
}

/** One channel per device: each has a clock of its own, as separate PLCs have. */
export function syntheticFactory(plant: SyntheticPlant): DriverFactory {
  // By tag id: where in its signal a tag begins. Scattered, or runs of tags would repeat each other and compress as no plant does.
  const offsets = Uint16Array.from(plant.account.counts, (_, tagId) => hash32(tagId, "offset") & (STEPS - 1));
  return {
    name: "synthetic",
    deviceShape: {},
    tagShape: {},
    channelOf: (config) => (config as { readonly channel: string }).channel,
    unitOf: () => "unit",
    typeOf: () => "FLOAT64",
    mistakeOf: () => undefined,
    createChannel: (devices, { clock }) => devices.map(() => new SyntheticDriver(plant, offsets, clock)),
  };
}

class SyntheticDriver implements PollingDriver {
  readonly kind = "polling";
  readonly #plant: SyntheticPlant;
  readonly #clock: Clock;
  readonly #offsets: Uint16Array;
  #step = 0;

  /** @param offsets  of all devices: a table of each device's own would be most of the memory measured. */
  constructor(plant: SyntheticPlant, offsets: Uint16Array, clock: Clock) {
    this.#plant = plant;
    this.#offsets = offsets;
    this.#clock = clock;
  }

  plan(tags: readonly TagAddress[]): ReadPlan {
    return { tagIds: tags.map(({ tagId }) => tagId), refused: [], requests: [] };
  }

  async connect(): Promise<void> {}

  async read({ tagIds }: ReadPlan): Promise<SampleColumns> {
    // In a turn of its own, as answers come from sockets; else the columns of all devices would be alive at once.
    await nextTurn();
    const { signals, account, motion } = this.#plant;
    const step = motion === "moving" ? this.#step++ : 0;
    const columns = openColumns(tagIds.length);
    columns.tagIds.set(tagIds);
    columns.timestamps.fill(this.#clock.nowUtcMicros());
    for (const [row, tagId] of tagIds.entries()) {
      const value = signals[tagId % signals.length]![(step + this.#offsets[tagId]!) & (STEPS - 1)]!;
      account.counts[tagId]!++;
      account.sums[tagId]! += value;
      setValue(columns, row, value);
    }
    return columns;
  }

  async close(): Promise<void> {}
}
