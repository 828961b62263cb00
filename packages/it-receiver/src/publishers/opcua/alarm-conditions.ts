/** Alarms for OPC UA clients: an event at every change, ConditionRefresh for who comes later. Nothing can be acknowledged.
 *  alarm events → [alarm conditions] → clients
 *  Source: OPC UA Part 9 §5.5.2 (Retain), §5.5.7 (ConditionRefresh). */
import type { Clock } from "@nonreturn/station/thread";
import type { AlarmEvent, TagDefinition } from "@nonreturn/wire-format";
import { type AddressSpace, type Namespace, NodeId, NodeIdType, type UAObject } from "node-opcua";
import type { AlarmStates, LinkState, StoredEntry } from "../publisher.ts";
import { type AlarmFields, alarmEventData, alarmTypeOf } from "./alarm-event.ts";
import { ConditionRefresh } from "./condition-refresh.ts";
import { inTurns } from "./in-turns.ts";

/** ConditionIds: `ns=…;s=<path>#<condition>`. */
const ALARM_NAMESPACE = "urn:nonreturn:alarms";
/** Nodes at a time, 1.6 kB each; as many as the queue of a monitored item takes. Beyond it the oldest is no longer held for ConditionRefresh. */
const MAXIMUM_ACTIVE = 10_000;
const SEED_PAGE = 1000;

interface Active {
  readonly stream: number;
  readonly journalEpoch: number;
  readonly tag: TagDefinition;
  readonly event: AlarmEvent;
  readonly condition: UAObject;
  /** untold: known from before this server started. */
  readonly told: "told" | "untold";
}

/** Notifies clients of the Server object and of the plant's folder. */
interface Notifier extends UAObject {
  _bubble_up_event(eventData: unknown): void;
}

/**
 * Part 9 lets a server keep its conditions to itself. A condition object of node-opcua has about a hundred nodes; here an active alarm has
 * one, which no folder shows, so that its ConditionId is a NodeId of this server, and an inactive one has none.
 */
export class AlarmConditions {
  readonly #addressSpace: AddressSpace;
  readonly #clock: Clock;
  readonly #notifier: Notifier;
  readonly #server: UAObject;
  readonly #namespace: Namespace;
  readonly #sourceOf: (path: string) => NodeId;
  readonly #states: AlarmStates | undefined;
  /** By ConditionId. */
  readonly #active = new Map<string, Active>();
  readonly #newestJournal = new Map<number, number>();
  readonly #refresh: ConditionRefresh;
  #link: LinkState["state"] = "unknown";
  #told = 0;

  /** Active alarms of before are held, and told to nobody: who comes asks for them. */
  constructor(
    addressSpace: AddressSpace,
    clock: Clock,
    notifier: UAObject,
    sourceOf: (path: string) => NodeId,
    states: AlarmStates | undefined,
  ) {
    this.#addressSpace = addressSpace;
    this.#clock = clock;
    this.#notifier = notifier as Notifier;
    this.#server = addressSpace.rootFolder.objects.server;
    this.#sourceOf = sourceOf;
    this.#states = states;
    this.#namespace = addressSpace.registerNamespace(ALARM_NAMESPACE);
    addressSpace.installAlarmsAndConditionsService(); // methods that refuse what is no condition object
    this.#refresh = new ConditionRefresh(addressSpace, clock, () => this.#retained());
    this.#seed();
  }

  get active(): number {
    return this.#active.size;
  }

  /** Events raised while somebody listened. */
  get told(): number {
    return this.#told;
  }

  /** Of one entry, in order. An event that tells what was changes nothing and is told to nobody. Others have their turn in between. */
  async add(entry: StoredEntry, signal: AbortSignal): Promise<void> {
    if (entry.events !== undefined) await inTurns(this.#clock, this.#add(entry), "none", signal);
  }

  *#add({ stream, journalEpoch, lane, events = [], tagOf }: StoredEntry): Generator<void, void, void> {
    if (events.length === 0 || journalEpoch < (this.#newestJournal.get(stream) ?? 0)) return;
    yield* this.#enter(stream, journalEpoch);
    for (const event of events) {
      yield;
      const tag = tagOf(event.tagId);
      if (tag === undefined) continue;
      const present = lane === "live" || this.#states?.isPresent({ stream, journalEpoch }, event) === true;
      if (present) this.#change(stream, journalEpoch, tag, event);
    }
  }

  /** The quality of every active alarm changes with the link, and a change of quality is told (Part 9 §5.5.2). */
  async linkIs(state: LinkState["state"], signal: AbortSignal): Promise<void> {
    const before = this.#quality;
    this.#link = state;
    if (this.#quality === before) return;
    const steps = (function* (tellers: Iterable<() => void>) {
      for (const tell of tellers) yield tell();
    })(this.#retained());
    await inTurns(this.#clock, steps, "none", signal);
  }

  close(): void {
    this.#refresh.close();
  }

  get #quality(): AlarmFields["quality"] {
    return this.#link === "silent" ? "no communication" : "good";
  }

  #seed(): void {
    for (let after = 0; this.#states !== undefined; ) {
      const page = this.#states.active(after, SEED_PAGE);
      for (const { stream, journalEpoch, event, tag } of page) {
        this.#newestJournal.set(stream, Math.max(journalEpoch, this.#newestJournal.get(stream) ?? 0));
        if (tag !== undefined) this.#hold(stream, journalEpoch, tag, event, "untold");
      }
      if (page.length < SEED_PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  #change(stream: number, journalEpoch: number, tag: TagDefinition, event: AlarmEvent): void {
    const key = keyOf(tag.path, event.condition);
    const held = this.#active.get(key);
    if (held !== undefined && event.eventSequence < held.event.eventSequence) return;
    if (held?.told === "told" && event.eventSequence === held.event.eventSequence) return;
    const shown = this.#hold(stream, journalEpoch, tag, event, "told");
    this.#tell(shown);
    if (event.state === "inactive") this.#drop(key, shown);
  }

  #hold(stream: number, journalEpoch: number, tag: TagDefinition, event: AlarmEvent, told: Active["told"]): Active {
    const key = keyOf(tag.path, event.condition);
    const condition = this.#active.get(key)?.condition ?? this.#addCondition(key, event.condition);
    const shown: Active = { stream, journalEpoch, tag, event, condition, told };
    this.#active.set(key, shown);
    if (this.#active.size > MAXIMUM_ACTIVE) {
      const [oldest, dropped] = this.#active.entries().next().value!;
      this.#drop(oldest, dropped);
    }
    return shown;
  }

  #addCondition(key: string, condition: string): UAObject {
    return this.#namespace.addObject({
      nodeId: new NodeId(NodeIdType.STRING, key, this.#namespace.index),
      browseName: { name: condition === "" ? "(empty)" : condition, namespaceIndex: this.#namespace.index },
      typeDefinition: alarmTypeOf(this.#addressSpace, condition),
    });
  }

  #drop(key: string, { condition }: Active): void {
    this.#active.delete(key);
    this.#addressSpace.deleteNode(condition);
  }

  /** A newer journal began: nobody will say what becomes of the older one's alarms. */
  *#enter(stream: number, journalEpoch: number): Generator<void, void, void> {
    if (journalEpoch === this.#newestJournal.get(stream)) return;
    for (const [key, active] of [...this.#active]) {
      if (active.stream !== stream || active.journalEpoch >= journalEpoch) continue;
      yield;
      const time = this.#clock.nowUtcMicros();
      const text = "no longer known: the OT station began a new journal";
      this.#tell({ ...active, event: { ...active.event, state: "inactive", text, time } });
      this.#drop(key, active);
    }
    this.#newestJournal.set(stream, journalEpoch);
  }

  /** Of what is active now; what ends meanwhile is passed over. */
  *#retained(): Generator<() => void, void, void> {
    for (const key of [...this.#active.keys()])
      yield () => {
        const active = this.#active.get(key);
        if (active !== undefined) this.#tell(active);
      };
  }

  #tell({ stream, journalEpoch, tag, event, condition }: Active): void {
    if (this.#notifier.listenerCount("event") + this.#server.listenerCount("event") === 0) return;
    const fields: AlarmFields = {
      event,
      source: this.#sourceOf(tag.path),
      sourceName: tag.path,
      eventId: eventIdOf(stream, journalEpoch, event.eventSequence),
      receivedAt: this.#clock.nowUtcMicros(),
      quality: this.#quality,
      interest: event.state === "active" ? "retained" : "ended",
    };
    this.#told++;
    this.#notifier._bubble_up_event(alarmEventData(this.#addressSpace, condition, fields));
  }
}

/** Different for different alarms: the last # parts path and condition. */
function keyOf(path: string, condition: string): string {
  return `${path}#${condition.replaceAll("%", "%25").replaceAll("#", "%23")}`;
}

/** The same event has the same EventId whenever it is told (Part 9 §5.5.7), over restarts too. */
function eventIdOf(stream: number, journalEpoch: number, eventSequence: number): Buffer {
  const eventId = Buffer.alloc(20);
  eventId.writeUInt32BE(stream);
  eventId.writeDoubleBE(journalEpoch, 4);
  eventId.writeDoubleBE(eventSequence, 12);
  return eventId;
}
