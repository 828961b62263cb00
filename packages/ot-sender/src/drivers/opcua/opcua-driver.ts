/** What both ways of reading an OPC UA server share: session, plan, reads on demand, the list of what it has.
 *  plan → [OPC UA driver] → OPC UA session → samples */
import { type Clock, type Log, StationError } from "@nonreturn/station";
import { type Sample, type SampleColumns, StatusCode } from "@nonreturn/wire-format";
import type { DataValue } from "node-opcua";
import type { Browsed, PollingDriver, RawReading, ReadPlan, SubscribingDriver, TagAddress } from "../driver.ts";
import { readAborted } from "../reading-ended.ts";
import { SampleRows } from "../sample-rows.ts";
import { resolveAddress } from "./address.ts";
import { endpointUrlOf, type OpcuaDeviceConfig } from "./config.ts";
import type { ConnectTurns } from "./connect-turns.ts";
import { askHello } from "./hello.ts";
import type { AskedNodes, OpcuaSession, Outcome } from "./opcua-session.ts";
import { OpcuaPlan, partsOf, type ResolvedNode } from "./plan.ts";
import { explainRefusal } from "./refusal.ts";

/** Everything that needs the library. */
type Library = typeof import("./library.ts");

interface UnknownNode {
  readonly row: number;
  readonly reason: string;
}

/** What a plan asks of one session. */
interface Requests {
  readonly parts: readonly { readonly nodes: readonly ResolvedNode[]; readonly asked: AskedNodes }[];
  readonly unknown: readonly UnknownNode[];
}

export interface OpcuaSurroundings {
  readonly device: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Shared by all devices. */
  readonly turns: ConnectTurns;
}

class OpcuaReader {
  protected readonly config: OpcuaDeviceConfig;
  protected readonly around: OpcuaSurroundings;
  #library: Library | undefined;
  #session: OpcuaSession | undefined;
  /** Of the session, by plan. */
  #requests = new WeakMap<OpcuaPlan, Requests>();
  #hasFailed = false;

  constructor(config: OpcuaDeviceConfig, surroundings: OpcuaSurroundings) {
    this.config = config;
    this.around = surroundings;
  }

  plan(tags: readonly TagAddress[]): OpcuaPlan {
    return new OpcuaPlan(tags, this.config);
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    this.#library ??= await import("./library.ts");
    // An attempt of the library costs milliseconds of the thread that reads every device: for a server that failed, not before it answers again.
    // Where others wait for their turn, a server that is not there takes none.
    if (this.#hasFailed || this.around.turns.isBusy) await this.#askHello(signal);
    this.#hasFailed = true;
    const endTurn = await this.#takeTurn(signal);
    try {
      this.#session = await this.#library.OpcuaSession.open(this.config, this.around, signal);
    } finally {
      endTurn();
    }
    this.#hasFailed = false;
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#requests = new WeakMap();
    await session?.close();
  }

  async readRaw(plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]> {
    return (await this.#readRows(plan, signal, "samples and raw")).rawReadings();
  }

  async browse(signal: AbortSignal): Promise<Browsed> {
    const { session, library } = this.opened();
    return library.browseServer(session, this.config.timeout, signal);
  }

  protected async readSamples(plan: ReadPlan, signal: AbortSignal): Promise<SampleColumns> {
    return (await this.#readRows(plan, signal, "samples")).columns();
  }

  /** @throws {StationError} CONNECTION_LOST */
  protected opened(): { readonly session: OpcuaSession; readonly library: Library } {
    const session = this.#session;
    const library = this.#library;
    if (session !== undefined && library !== undefined && session.lost === undefined) return { session, library };
    throw (
      session?.lost ??
      new StationError({
        code: "CONNECTION_LOST",
        what: "there is no connection",
        action: "Nothing: the station reconnects.",
      })
    );
  }

  /** Nodes of namespaces that the server has; the rows of the others. */
  protected resolve(plan: OpcuaPlan, { namespaces }: OpcuaSession) {
    const nodes: ResolvedNode[] = [];
    const unknown: UnknownNode[] = [];
    for (const [row, node] of plan.nodes.entries()) {
      const nodeId = resolveAddress(node.address, namespaces);
      if (nodeId !== undefined) nodes.push({ ...node, row, nodeId });
      else unknown.push({ row, reason: `the server has no namespace ${String(node.address.namespace)}` });
    }
    return { nodes, unknown };
  }

  #askHello(signal: AbortSignal): Promise<void> {
    const { host, port, connectTimeout: timeoutMs } = this.config;
    const asked = { host, port, endpointUrl: endpointUrlOf(this.config), timeoutMs };
    return askHello(asked, this.around.clock, signal).catch((error: unknown) => this.#refuse(error));
  }

  #takeTurn(signal: AbortSignal): Promise<() => void> {
    return this.around.turns.take(this.around.clock, signal).catch((error: unknown) => this.#refuse(error));
  }

  #refuse(error: unknown): never {
    throw explainRefusal(error, this.config, this.config.pkiFolder);
  }

  async #readRows(plan: ReadPlan, signal: AbortSignal, wanted: "samples" | "samples and raw"): Promise<SampleRows> {
    const own = ownPlan(plan);
    const { session, library } = this.opened();
    const { clock } = this.around;
    const rows = new SampleRows(own, clock.nowUtcMicros(), wanted);
    const { parts, unknown } = this.#requestsOf(own, session, library);
    for (const { row, reason } of unknown) rows.bad(row, StatusCode.BadNodeIdUnknown, reason, clock.nowUtcMicros());
    let isSilent = false;
    for (const { nodes, asked } of parts) {
      if (signal.aborted) throw readAborted();
      const outcome: Outcome<readonly DataValue[]> = isSilent
        ? { kind: "silence" }
        : await session.read(asked, this.config.timeout);
      isSilent = outcome.kind === "silence";
      const now = clock.nowUtcMicros();
      for (const [index, { row, tag }] of nodes.entries()) {
        const value = outcome.kind === "answer" ? outcome.answer[index] : undefined;
        if (value !== undefined) library.convertInto(rows, row, tag.dataType, value, now);
        else if (outcome.kind === "silence") rows.bad(row, StatusCode.BadTimeout, "the server did not answer", now);
        else if (outcome.kind === "refused") rows.bad(row, outcome.statusCode, outcome.what, now);
        else rows.bad(row, StatusCode.BadUnknownResponse, "the server answered with fewer values", now);
        if (rows.wantsRaw) rows.raw(row, library.describe(value));
      }
    }
    return rows;
  }

  /** As long as the session lasts they are the same for every scan. */
  #requestsOf(plan: OpcuaPlan, session: OpcuaSession, library: Library): Requests {
    let requests = this.#requests.get(plan);
    if (requests === undefined) {
      const { nodes, unknown } = this.resolve(plan, session);
      const parts = partsOf(nodes, session.nodesPerRead).map((part) => ({
        nodes: part,
        asked: library.askedNodes(part.map(({ nodeId }) => nodeId)),
      }));
      requests = { parts, unknown };
      this.#requests.set(plan, requests);
    }
    return requests;
  }
}

/** Reads every tag in its scan class. */
export class PollingOpcuaDriver extends OpcuaReader implements PollingDriver {
  readonly kind = "polling";

  read(plan: ReadPlan, signal: AbortSignal): Promise<SampleColumns> {
    return this.readSamples(plan, signal);
  }
}

/** Lets the server say what changed. */
export class SubscribingOpcuaDriver extends OpcuaReader implements SubscribingDriver {
  readonly kind = "subscribing";

  async subscribe(
    plan: ReadPlan,
    onSamples: (samples: readonly Sample[]) => void,
    signal: AbortSignal,
  ): Promise<never> {
    const { session, library } = this.opened();
    const { nodes, unknown } = this.resolve(ownPlan(plan), session);
    const now = this.around.clock.nowUtcMicros();
    if (unknown.length > 0)
      onSamples(
        unknown.map(({ row }) => ({
          tagId: plan.tagIds[row]!,
          value: null,
          statusCode: StatusCode.BadNodeIdUnknown,
          sourceTimestamp: now,
        })),
      );
    return library.subscribe(nodes, { session, config: this.config, clock: this.around.clock, onSamples, signal });
  }
}

function ownPlan(plan: ReadPlan): OpcuaPlan {
  if (plan instanceof OpcuaPlan) return plan;
  throw new RangeError("a plan of another driver");
}
