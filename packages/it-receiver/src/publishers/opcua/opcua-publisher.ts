/** Shows every tag as a variable of an OPC UA server: current values by subscription, the past by HistoryRead, alarms by event, nothing writable.
 *  runner → [OPC UA publisher] → tag server → clients */
import { join } from "node:path";
import { StationError } from "@nonreturn/station/thread";
import { type TagDefinition, valueAt } from "@nonreturn/wire-format";
import { rowCount } from "../entry-rows.ts";
import {
  type HistorySource,
  type LinkState,
  type Publisher,
  type PublisherSurroundings,
  type RowRange,
  refusedEntry,
  type StoredEntry,
} from "../publisher.ts";
import type { OpcuaConfig } from "./config.ts";
import type { TagServer } from "./tag-server.ts";

/** Of tags that cannot be shown, per directory; its samples are set aside, and each is told there. */
const MOST_WARNINGS = 10;

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
    const unshown = this.#running().addressSpace.setTags(tags);
    for (const { path, error } of unshown.slice(0, MOST_WARNINGS))
      this.#around.log.warn({ err: error, publisher: this.#around.publisher, path }, "a tag cannot be shown");
  }

  /** In memory: a row that cannot be shown is passed over and told, whatever the error; the others are shown. */
  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    const { addressSpace, alarms } = this.#running();
    const refused: RowRange[] = [];
    let words = "";
    let start = 0;
    const refuse = (range: RowRange, error: unknown): void => {
      words ||= `it cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
      refused.push({ first: start + range.first, end: start + range.end });
    };
    for (const entry of entries) {
      signal.throwIfAborted();
      const { samples, lane, tagOf, events = [] } = entry;
      try {
        await alarms.add(entry, signal);
      } catch (error) {
        signal.throwIfAborted();
        refuse({ first: 0, end: events.length }, error);
      }
      for (let row = 0; row < samples.count; row++) {
        try {
          const tag = tagOf(samples.tagIds[row]!);
          if (tag === undefined) throw new RangeError(`tag ${samples.tagIds[row]} has no definition`);
          addressSpace.setValue(tag, valueAt(samples, row), samples.statusCodes[row]!, samples.timestamps[row]!, lane);
        } catch (error) {
          refuse({ first: row, end: row + 1 }, error);
        }
      }
      start += rowCount(entry);
    }
    if (refused.length > 0) throw refusedEntry(this.#around.publisher, words, {}, { through: start, refused });
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
