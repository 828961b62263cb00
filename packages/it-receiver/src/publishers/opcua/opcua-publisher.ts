/** Shows every tag as a variable of an OPC UA server: current values by subscription, the past by HistoryRead, alarms by event, nothing writable.
 *  runner → [OPC UA publisher] → tag server → clients */
import { join } from "node:path";
import { StationError } from "@nonreturn/station/thread";
import { type TagDefinition, valueAt } from "@nonreturn/wire-format";
import {
  type HistorySource,
  type LinkState,
  type Publisher,
  type PublisherSurroundings,
  refusedEntry,
  type StoredEntry,
} from "../publisher.ts";
import type { OpcuaConfig } from "./config.ts";
import type { TagServer } from "./tag-server.ts";

export class OpcuaPublisher implements Publisher {
  readonly events = "wanted";
  readonly #config: OpcuaConfig;
  readonly #around: PublisherSurroundings;
  #server: TagServer | undefined;
  #history: HistorySource | undefined;
  #toldBefore = 0;

  constructor(config: OpcuaConfig, surroundings: PublisherSurroundings) {
    this.#config = config;
    this.#around = surroundings;
  }

  get eventsTold(): number {
    return this.#toldBefore + (this.#server?.alarms.told ?? 0);
  }

  /** The server starts; clients come when they like. */
  async connect(signal: AbortSignal): Promise<void> {
    const { dataFolder, publisher } = this.#around;
    const pkiFolder = this.#config.pkiFolder ?? join(dataFolder, "opcua-pki");
    try {
      // Loading the library takes a second and 80 MB: only stations that serve OPC UA pay for it.
      const { TagServer } = await import("./tag-server.ts");
      this.#server = await TagServer.start(this.#config, pkiFolder, publisher, this.#around, () => this.#openHistory());
    } catch (error) {
      if (error instanceof StationError) throw error;
      const { host, port } = this.#config.listen;
      throw new StationError(
        {
          code: "OPCUA_SERVER",
          what: `the OPC UA server cannot start (${error instanceof Error ? error.message : String(error)})`,
          where: `${host}:${port}`,
          action:
            "Choose an address of this machine and a free port, and see that the station may write its PKI folder.",
        },
        { cause: error },
      );
    }
    if (signal.aborted) await this.close();
    signal.throwIfAborted();
  }

  async tagsChanged(tags: readonly TagDefinition[]): Promise<void> {
    this.#running().addressSpace.setTags(tags);
  }

  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    const { addressSpace, alarms } = this.#running();
    for (const entry of entries) {
      signal.throwIfAborted();
      await alarms.add(entry, signal);
      const { samples, lane, tagOf } = entry;
      for (let row = 0; row < samples.count; row++) {
        const tag = tagOf(samples.tagIds[row]!);
        if (tag === undefined)
          throw refusedEntry(this.#around.publisher, `tag ${samples.tagIds[row]} has no definition`);
        addressSpace.setValue(tag, valueAt(samples, row), samples.statusCodes[row]!, samples.timestamps[row]!, lane);
      }
    }
  }

  /** ServiceLevel tells clients of redundant servers which one to read. */
  async linkChanged({ state }: LinkState, signal: AbortSignal): Promise<void> {
    await this.#running().linkIs(state, signal);
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#toldBefore = this.eventsTold;
    this.#server = undefined;
    this.#history?.close();
    this.#history = undefined;
    await server?.stop();
  }

  #openHistory(): HistorySource | undefined {
    this.#history ??= this.#around.openHistory();
    return this.#history;
  }

  #running(): TagServer {
    if (this.#server === undefined) throw new RangeError("publish before connect");
    return this.#server;
  }
}
