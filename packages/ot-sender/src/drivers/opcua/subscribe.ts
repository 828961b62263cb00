/** Lets the server watch nodes and say what changed, until the session is lost.
 *  resolved nodes → [subscribe] → samples
 *  Source: OPC UA Part 4 §5.13 (monitored items), §5.14 (subscriptions). */
import type { Clock } from "@nonreturn/station";
import { type Sample, StatusCode } from "@nonreturn/wire-format";
import {
  AttributeIds,
  type ClientMonitoredItemGroup,
  ClientSubscription,
  CreateSubscriptionResponse,
  DataChangeFilter,
  DataChangeTrigger,
  type DataValue,
  DeadbandType,
  TimestampsToReturn,
} from "node-opcua";
import { untilLost } from "../reading-ended.ts";
import type { OpcuaDeviceConfig } from "./config.ts";
import { convert } from "./convert.ts";
import type { OpcuaSession } from "./opcua-session.ts";
import { partsOf, type ResolvedNode } from "./plan.ts";
import { mistakeInRevised } from "./revised.ts";

/** The server says that it lives at least so often. */
const KEEP_ALIVE_MS = 5000;
const LIFETIME_KEEP_ALIVES = 6; // at least 3: Part 4 §5.14.2

export interface SubscribeSurroundings {
  readonly session: OpcuaSession;
  readonly config: OpcuaDeviceConfig;
  readonly clock: Clock;
  readonly onSamples: (samples: readonly Sample[]) => void;
  readonly signal: AbortSignal;
}

/** @throws {StationError} CONNECTION_LOST, READ_ABORTED; resolves never. */
export async function subscribe(nodes: readonly ResolvedNode[], around: SubscribeSurroundings): Promise<never> {
  const { session, config, signal } = around;
  const keepAlives = Math.max(1, Math.ceil(KEEP_ALIVE_MS / config.publishingInterval));
  const created = await create(session, config, keepAlives);
  if (created.kind !== "answer") {
    session.lose(created.kind === "silence" ? "the server did not answer" : `no subscription (${created.what})`);
    throw session.lost;
  }
  const subscription = created.answer;
  const watch = new SubscriptionWatch(subscription, around, keepAlives);
  try {
    const refused = await watch.monitor(nodes);
    const retry = watch.retryRarely(refused);
    try {
      return await untilLost(session, signal);
    } finally {
      retry();
    }
  } finally {
    watch.stop();
  }
}

/** What the server makes of it is judged before the library takes it: a value that it does not expect would end there without an answer. */
async function create(session: OpcuaSession, config: OpcuaDeviceConfig, keepAlives: number) {
  const stopListening = session.onResponse((response) => {
    if (!(response instanceof CreateSubscriptionResponse)) return;
    letKeepAliveBeLong();
    const mistake = mistakeInRevised(response);
    if (mistake !== undefined && response.responseHeader.serviceResult.isGood()) session.lose(mistake);
  });
  try {
    return await session.call(() => {
      letKeepAliveBeLong();
      const begun = session.session.createSubscription2({
        requestedPublishingInterval: config.publishingInterval,
        requestedMaxKeepAliveCount: keepAlives,
        requestedLifetimeCount: keepAlives * LIFETIME_KEEP_ALIVES,
        maxNotificationsPerPublish: 0,
        publishingEnabled: true,
        priority: 0,
      });
      return session.closeAfter(begun);
    }, config.timeout);
  } finally {
    stopListening();
  }
}

/** Otherwise the library refuses a keep-alive beyond the session's time-out, which it keeps from running out by itself. Holds for the next look. */
function letKeepAliveBeLong(): void {
  ClientSubscription.ignoreNextWarning = true;
}

class SubscriptionWatch {
  readonly #subscription: ClientSubscription;
  readonly #around: SubscribeSurroundings;
  readonly #silenceMs: number;
  /** Of one notification: handed on together. */
  #pending: Sample[] = [];
  #isStopped = false;
  #cancelSilence: () => void = () => undefined;

  constructor(subscription: ClientSubscription, around: SubscribeSurroundings, keepAlives: number) {
    this.#subscription = subscription;
    this.#around = around;
    const revisedMs = subscription.publishingInterval || around.config.publishingInterval;
    // Two keep-alives missed, by the interval that the server really has.
    this.#silenceMs = 2 * revisedMs * Math.max(keepAlives, subscription.maxKeepAliveCount || 0) + around.config.timeout;
    subscription.on("raw_notification", () => this.#heard());
    subscription.on("terminated", () => around.session.lose("the server ended the subscription"));
    subscription.on("internal_error", (error) => around.session.lose(`the subscription failed (${error.message})`));
    this.#heard();
  }

  /** @returns the nodes that the server refused; each has been reported Bad. */
  async monitor(nodes: readonly ResolvedNode[]): Promise<ResolvedNode[]> {
    const { session } = this.#around;
    const refused: ResolvedNode[] = [];
    const byWish = Map.groupBy(nodes, ({ options }) => JSON.stringify(options));
    for (const alike of byWish.values())
      for (const part of partsOf(alike, session.itemsPerCall)) refused.push(...(await this.#monitorPart(part)));
    return refused;
  }

  /** @returns how to stop. */
  retryRarely(refused: readonly ResolvedNode[]): () => void {
    if (refused.length === 0) return () => undefined;
    const { clock, config } = this.#around;
    let waiting = refused;
    let isBusy = false;
    return clock.every(config.badAddressRetry, () => {
      if (isBusy || waiting.length === 0) return;
      isBusy = true;
      this.monitor(waiting)
        .then((still) => {
          waiting = still;
        })
        .catch(() => undefined) // the session is lost, which `subscribe` says
        .finally(() => {
          isBusy = false;
        });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelSilence();
  }

  async #monitorPart(part: readonly ResolvedNode[]): Promise<ResolvedNode[]> {
    const { session, config, clock } = this.#around;
    const { options } = part[0]!;
    const outcome = await session.call(
      () =>
        this.#subscription.monitorItems(
          part.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })),
          {
            samplingInterval: options.samplingInterval ?? config.samplingInterval,
            queueSize: options.queue ?? config.queue,
            discardOldest: true,
            filter: filterOf(options.serverDeadband),
          },
          TimestampsToReturn.Both,
        ),
      config.timeout,
    );
    if (outcome.kind !== "answer") {
      const statusCode = outcome.kind === "silence" ? StatusCode.BadTimeout : outcome.statusCode;
      for (const node of part) this.#bad(node, statusCode, clock.nowUtcMicros());
      return [...part];
    }
    return this.#listen(part, outcome.answer);
  }

  #listen(part: readonly ResolvedNode[], group: ClientMonitoredItemGroup): ResolvedNode[] {
    group.on("changed", (_item, value, index) => {
      const node = part[index];
      if (node !== undefined) this.#changed(node, value);
    });
    const refused: ResolvedNode[] = [];
    for (const [index, node] of part.entries()) {
      const statusCode = (group.monitoredItems[index]?.statusCode?.value ?? StatusCode.BadUnknownResponse) >>> 0;
      if (statusCode >>> 30 !== 2) continue; // Part 4 §7.39: 2 is Bad
      refused.push(node);
      this.#bad(node, statusCode, this.#around.clock.nowUtcMicros());
    }
    return refused;
  }

  #changed(node: ResolvedNode, value: DataValue): void {
    const { tag } = node;
    this.#push(convert(tag.tagId, tag.dataType, value, this.#around.clock.nowUtcMicros()).sample);
  }

  #bad({ tag }: ResolvedNode, statusCode: number, sourceTimestamp: number): void {
    this.#push({ tagId: tag.tagId, value: null, statusCode, sourceTimestamp });
  }

  #push(sample: Sample): void {
    this.#pending.push(sample);
    if (this.#pending.length === 1)
      queueMicrotask(() => {
        const samples = this.#pending;
        this.#pending = [];
        if (!this.#isStopped) this.#around.onSamples(samples);
      });
  }

  #heard(): void {
    const { clock, session } = this.#around;
    this.#cancelSilence();
    if (this.#isStopped) return;
    this.#cancelSilence = clock.after(this.#silenceMs, () =>
      session.lose(`the server sent nothing for ${Math.round(this.#silenceMs)} ms`),
    );
  }
}

/** A change of status is always told, whatever the deadband. */
function filterOf(serverDeadband: string | undefined): DataChangeFilter | null {
  if (serverDeadband === undefined) return null;
  return new DataChangeFilter({
    trigger: DataChangeTrigger.StatusValue,
    deadbandType: serverDeadband.endsWith("%") ? DeadbandType.Percent : DeadbandType.Absolute,
    deadbandValue: Number.parseFloat(serverDeadband),
  });
}
