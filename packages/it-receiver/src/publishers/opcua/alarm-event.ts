/** One alarm as an OPC UA event of a condition type, without a condition object of a hundred nodes behind it.
 *  alarm conditions → [alarm event] → monitored items
 *  Source: OPC UA Part 9 §5.5 (ConditionType), §5.8 (AlarmConditionType, LimitAlarmType, DiscreteAlarmType). */
import type { AlarmEvent, UtcMicros } from "@nonreturn/wire-format";
import {
  type AddressSpace,
  type BaseNode,
  type BrowsePath,
  DataType,
  type NodeId,
  resolveNodeId,
  StatusCodes,
  sameNodeId,
  type UAObject,
  type UAObjectType,
  Variant,
} from "node-opcua";

/** What a monitored item reads of an event. */
type EventData = ReturnType<AddressSpace["constructEventData"]>;

export interface AlarmFields {
  readonly event: AlarmEvent;
  readonly source: NodeId;
  /** The tag's path. */
  readonly sourceName: string;
  readonly eventId: Buffer;
  readonly receivedAt: UtcMicros;
  readonly quality: "good" | "no communication";
  /** retained: a client shows it, and ConditionRefresh brings it again. */
  readonly interest: "retained" | "ended";
}

/** By condition of the wire format; any other is a plain alarm. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["HighHigh", "NonExclusiveLevelAlarmType"],
  ["High", "NonExclusiveLevelAlarmType"],
  ["Low", "NonExclusiveLevelAlarmType"],
  ["LowLow", "NonExclusiveLevelAlarmType"],
  ["RateOfChange", "NonExclusiveRateOfChangeAlarmType"],
  ["Discrete", "DiscreteAlarmType"],
]);
const LIMIT_STATES = ["HighHigh", "High", "Low", "LowLow"] as const;
const PROCESS_CONDITION_CLASS = resolveNodeId("i=11164"); // Part 9 §5.9.3
const EVENT_ID = resolveNodeId("i=2042"); // BaseEventType.EventId

export function alarmTypeOf(addressSpace: AddressSpace, condition: string): UAObjectType {
  return addressSpace.findEventType(TYPES.get(condition) ?? "AlarmConditionType") as UAObjectType;
}

/** @param condition  a node whose NodeId is the ConditionId and whose type definition is {@link alarmTypeOf} its condition. */
export function alarmEventData(addressSpace: AddressSpace, condition: UAObject, fields: AlarmFields): EventData {
  const type = condition.typeDefinitionObj;
  const inner = addressSpace.constructEventData(type as never, variantsOf(addressSpace, fields));
  const eventId = new Variant({ dataType: DataType.ByteString, value: fields.eventId });
  return {
    eventId: EVENT_ID,
    getEventDataSource: (): BaseNode => condition,
    _createValue: () => undefined,
    _readValue: (nodeId: NodeId) => (sameNodeId(nodeId, EVENT_ID) ? eventId : inner._readValue(nodeId)),
    // Fields are found by their paths in the type; a client asks from the condition on.
    _browse(path: BrowsePath) {
      if (!sameNodeId(path.startingNode, condition.nodeId)) return null;
      const { relativePath } = path;
      return inner._browse({ startingNode: type.nodeId, relativePath } as BrowsePath);
    },
  } as unknown as EventData;
}

function variantsOf(addressSpace: AddressSpace, fields: AlarmFields): Record<string, unknown> {
  const { event, source, sourceName, receivedAt, quality, interest } = fields;
  const active = event.state === "active";
  const text = (value: string) => ({ dataType: DataType.LocalizedText, value: { text: value } });
  const string = (value: string) => ({ dataType: DataType.String, value });
  const boolean = (value: boolean) => ({ dataType: DataType.Boolean, value });
  const time = (value: UtcMicros) => ({ dataType: DataType.DateTime, value: new Date(Math.floor(value / 1000)) });
  const status = quality === "good" ? StatusCodes.Good : StatusCodes.UncertainNoCommunicationLastUsableValue;
  const severity = { dataType: DataType.UInt16, value: event.severity };
  return {
    sourceNode: { dataType: DataType.NodeId, value: source },
    sourceName: string(sourceName),
    time: time(event.time),
    receiveTime: time(receivedAt),
    localTime: { dataType: DataType.Null },
    message: text(event.text),
    severity,
    conditionClassId: { dataType: DataType.NodeId, value: PROCESS_CONDITION_CLASS },
    conditionClassName: text("ProcessConditionClassType"),
    conditionName: string(event.condition),
    retain: boolean(interest === "retained"),
    ...twoState("enabledState", "Enabled", true),
    quality: { dataType: DataType.StatusCode, value: status },
    lastSeverity: severity,
    comment: text(""),
    clientUserId: string(""),
    // Nobody can acknowledge through a diode: an alarm is of interest as long as it is active.
    ...twoState("ackedState", "Acknowledged", true),
    ...twoState("activeState", active ? "Active" : "Inactive", active),
    inputNode: { dataType: DataType.NodeId, value: source },
    suppressedOrShelved: boolean(false),
    ...limitState(addressSpace, event, active),
  };

  function twoState(name: string, shown: string, value: boolean): Record<string, unknown> {
    return { [name]: text(shown), [`${name}.id`]: boolean(value) };
  }

  function limitState(space: AddressSpace, { condition }: AlarmEvent, isActive: boolean): Record<string, unknown> {
    const limit = LIMIT_STATES.find((name) => name === condition);
    if (limit === undefined || alarmTypeOf(space, condition).browseName.name !== "NonExclusiveLevelAlarmType")
      return {};
    const name = `${limit[0]!.toLowerCase()}${limit.slice(1)}State`;
    return twoState(name, `${limit} ${isActive ? "active" : "inactive"}`, isActive);
  }
}
