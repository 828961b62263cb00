/** ConditionRefresh, one subscription after the other and in turns, however many alarms are active and however often clients ask.
 *  clients → [condition refresh] → alarm conditions → the subscription that asked
 *  Source: OPC UA Part 9 §5.5.7 (ConditionRefresh), §5.5.8 (ConditionRefresh2), §4.5 (RefreshStart, RefreshEnd). */
import type { Clock } from "@nonreturn/station/thread";
import { type AddressSpace, type ISessionContext, StatusCodes, type UAMethod, type Variant } from "node-opcua";
import { inTurns } from "./in-turns.ts";

/** Subscriptions that wait, at most. */
const MAXIMUM_WAITING = 1000;

interface RefreshedSubscription {
  getMonitoredItem(monitoredItemId: number): unknown;
}

interface Asking {
  getSubscription(subscriptionId: number): RefreshedSubscription | null;
}

/** What events belong to while they are raised: node-opcua gives them to this subscription only, and no filter drops start and end. */
interface Scope {
  readonly subscription: RefreshedSubscription;
  readonly monitoredItemId?: number;
}

interface Wanted {
  readonly scope: Scope;
  /** The subscription may end meanwhile. */
  readonly isWanted: () => boolean;
}

type Answer = (error: null, result: { statusCode: (typeof StatusCodes)["Good"] }) => void;

export class ConditionRefresh {
  readonly #addressSpace: AddressSpace & { _condition_refresh_scope?: Scope | null };
  readonly #clock: Clock;
  readonly #retained: () => Iterable<() => void>;
  readonly #waiting: Wanted[] = [];
  readonly #closed = new AbortController();
  #running: Wanted | undefined;

  /** @param retained  tells of one active alarm each; may be gone through over a long time. */
  constructor(addressSpace: AddressSpace, clock: Clock, retained: () => Iterable<() => void>) {
    this.#addressSpace = addressSpace;
    this.#clock = clock;
    this.#retained = retained;
    const type = addressSpace.findEventType("ConditionType") as unknown as {
      readonly conditionRefresh: UAMethod;
      readonly conditionRefresh2: UAMethod;
    };
    const ask = (given: Variant[], context: ISessionContext, answer: Answer): void =>
      answer(null, { statusCode: this.#ask(given, context.session as unknown as Asking | undefined) });
    type.conditionRefresh.bindMethod(ask as never);
    type.conditionRefresh2.bindMethod(ask as never);
  }

  close(): void {
    this.#closed.abort();
    this.#waiting.length = 0;
  }

  /** Answered at once; the events follow. Again only when they are all told. */
  #ask(given: readonly Variant[], session: Asking | undefined): (typeof StatusCodes)["Good"] {
    const [subscriptionId, monitoredItemId] = given.map(({ value }) => value as number);
    const subscription = session?.getSubscription(subscriptionId!);
    if (subscription == null) return StatusCodes.BadSubscriptionIdInvalid;
    if (monitoredItemId !== undefined && subscription.getMonitoredItem(monitoredItemId) == null)
      return StatusCodes.BadMonitoredItemIdInvalid;
    const isSame = (one: Wanted | undefined): boolean => one?.scope.subscription === subscription;
    if (isSame(this.#running) || this.#waiting.some(isSame)) return StatusCodes.BadRefreshInProgress;
    if (this.#waiting.length >= MAXIMUM_WAITING) return StatusCodes.BadTooManyOperations;
    const isWanted = (): boolean => session!.getSubscription(subscriptionId!) === subscription;
    this.#waiting.push({
      scope: { subscription, ...(monitoredItemId === undefined ? {} : { monitoredItemId }) },
      isWanted,
    });
    if (this.#running === undefined) void this.#run();
    return StatusCodes.Good;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#running = next;
      try {
        await inTurns(this.#clock, this.#refresh(next), "as long", this.#closed.signal);
      } catch {
        break; // closed
      }
    }
    this.#running = undefined;
  }

  *#refresh({ scope, isWanted }: Wanted): Generator<void, void, void> {
    const { server } = this.#addressSpace.rootFolder.objects;
    yield this.#within(scope, () => server.raiseEvent("RefreshStartEventType", {}));
    for (const tell of this.#retained()) {
      if (!isWanted()) return;
      yield this.#within(scope, tell);
    }
    yield this.#within(scope, () => server.raiseEvent("RefreshEndEventType", {}));
  }

  /** Never over a turn's end: what happens in between is for everybody. */
  #within(scope: Scope, raise: () => void): void {
    this.#addressSpace._condition_refresh_scope = scope;
    try {
      raise();
    } finally {
      this.#addressSpace._condition_refresh_scope = null;
    }
  }
}
