/** The tag namespace as an OPC UA address space: a folder per level of a path, a variable per tag, NodeIds that never change.
 *  tag directory, samples → [address space] → server
 *  Source: OPC UA Part 3 §5.6 (variables), Part 8 §5.3 (AnalogUnitType, AnalogUnitRangeType). */
import type { Clock } from "@nonreturn/station";
import type { TagDefinition, UtcMicros, Value } from "@nonreturn/wire-format";
import {
  type AddressSpace,
  coerceLocalizedText,
  DataType,
  type DataValue,
  EventNotifierFlags,
  makeAccessLevelFlag,
  type Namespace,
  NodeId,
  NodeIdType,
  Range,
  resolveNodeId,
  StatusCodes,
  type UAObject,
  type UAVariable,
  Variant,
} from "node-opcua";
import type { HistorySource, PublisherSurroundings, ReadMissingList } from "../publisher.ts";
import { Aggregates } from "./aggregates.ts";
import { unitInformation } from "./engineering-units.ts";
import { historyOf } from "./history.ts";
import { builtInTypeOf, dataValueOf } from "./map-sample.ts";

/** Tags: NodeId `ns=…;s=<path>`. Folders have a namespace of their own, so that no path can meet one. */
const TAG_NAMESPACE = "urn:nonreturn:tags";
const FOLDER_NAMESPACE = "urn:nonreturn:folders";
const PLANT_FOLDER = "Plant";
/** Deeper levels stay in the name of the variable. */
const MAXIMUM_LEVELS = 32;
/** What a level is called that has no name. */
const NAMELESS = "(empty)";

interface Shown {
  definition: TagDefinition;
  readonly variable: UAVariable;
  /** Of the newest sample shown. */
  at: UtcMicros;
}

/** History is read by whoever opens it when it is first asked for. */
export type OpenHistory = () => HistorySource | undefined;

export class TagAddressSpace {
  readonly #addressSpace: AddressSpace;
  readonly #clock: Clock;
  readonly #openHistory: OpenHistory;
  readonly #readMissing: ReadMissingList | undefined;
  readonly #aggregates: Aggregates;
  readonly #tags: Namespace;
  readonly #folders: Namespace;
  readonly #plant: UAObject;
  /** By path. */
  readonly #shown = new Map<string, Shown>();
  readonly #folderByPath = new Map<string, UAObject>();

  constructor(
    addressSpace: AddressSpace,
    clock: Clock,
    openHistory: OpenHistory,
    { readMissingTimes, readMissingList }: Pick<PublisherSurroundings, "readMissingTimes" | "readMissingList">,
  ) {
    this.#addressSpace = addressSpace;
    this.#clock = clock;
    this.#openHistory = openHistory;
    this.#aggregates = new Aggregates(addressSpace, clock, openHistory, readMissingTimes);
    this.#readMissing = readMissingList;
    this.#tags = addressSpace.registerNamespace(TAG_NAMESPACE);
    this.#folders = addressSpace.registerNamespace(FOLDER_NAMESPACE);
    this.#plant = this.#folders.addFolder(addressSpace.rootFolder.objects, {
      browseName: PLANT_FOLDER,
      nodeId: `s=${PLANT_FOLDER}`,
      notifierOf: addressSpace.rootFolder.objects.server,
    });
    this.#plant.setEventNotifier(EventNotifierFlags.SubscribeToEvents);
  }

  /** Of all alarms. */
  get plant(): UAObject {
    return this.#plant;
  }

  /** Whether there is such a tag or not. */
  nodeIdOf(path: string): NodeId {
    return new NodeId(NodeIdType.STRING, path, this.#tags.index);
  }

  /** Of what is no tag: never in the namespace of tags, where any path may be one. A text such as "s=…" would end at a line break. */
  #ownNodeId(name: string): NodeId {
    return new NodeId(NodeIdType.STRING, name, this.#folders.index);
  }

  get tags(): number {
    return this.#shown.size;
  }

  /**
   * The whole namespace: what is new is added, what changed is made anew under the same NodeId, what is gone is removed.
   * @returns those that the library would not take.
   */
  setTags(definitions: readonly TagDefinition[]): { readonly path: string; readonly error: unknown }[] {
    const unshown: { path: string; error: unknown }[] = [];
    const paths = new Set(definitions.map(({ path }) => path));
    for (const path of this.#shown.keys()) if (!paths.has(path)) this.#remove(path);
    for (const definition of definitions) {
      try {
        this.#show(definition);
      } catch (error) {
        unshown.push({ path: definition.path, error });
      }
    }
    return unshown;
  }

  /**
   * What comes of a tag that is retired is not shown: its node is removed.
   * @param role  live: the next sample of its tag. late: shown only if nothing newer is.
   */
  setValue(tag: TagDefinition, value: Value | null, statusCode: number, at: UtcMicros, role: "live" | "late"): void {
    if (tag.retired) return;
    const shown = this.#show(tag);
    if (role === "late" && at < shown.at) return;
    shown.at = at;
    const { variable } = shown;
    const dataValue = dataValueOf(value, statusCode, at, builtInTypeOf(tag.dataType));
    const { dataType } = dataValue.value;
    // A value its declared type cannot hold (a scaled integer with a fraction) widens the declaration.
    if (value !== null && variable.dataType.value !== dataType)
      variable.changeDataType(dataTypeNode(dataType), dataValue.value);
    dataValue.serverTimestamp = new Date(Math.floor(this.#clock.nowUtcMicros() / 1000));
    // setValueFromSource would take a Date and lose the microseconds.
    (variable as unknown as { _internal_set_dataValue(dataValue: DataValue): void })._internal_set_dataValue(dataValue);
  }

  #show(definition: TagDefinition): Shown {
    const held = this.#shown.get(definition.path);
    if (held?.definition === definition) return held;
    if (held !== undefined && sameNode(held.definition, definition)) {
      held.definition = definition;
      return held;
    }
    if (held !== undefined) this.#remove(definition.path);
    const shown = { definition, variable: this.#addVariable(definition), at: Number.NEGATIVE_INFINITY };
    this.#shown.set(definition.path, shown);
    return shown;
  }

  #addVariable(tag: TagDefinition): UAVariable {
    const levels = tag.path.split("/");
    const depth = Math.min(levels.length - 1, MAXIMUM_LEVELS);
    const name = levels.slice(depth).join("/");
    const ranged = tag.rangeLow !== undefined && tag.rangeHigh !== undefined;
    const numeric = isNumeric(tag);
    const type = !numeric ? "BaseDataVariableType" : ranged ? "AnalogUnitRangeType" : "AnalogUnitType";
    const readable = makeAccessLevelFlag("CurrentRead | HistoryRead");
    const variable = this.#tags.addVariable({
      organizedBy: this.#folder(levels.slice(0, depth)),
      nodeId: this.nodeIdOf(tag.path),
      browseName: { name: name === "" ? NAMELESS : name, namespaceIndex: this.#tags.index },
      displayName: name === "" ? NAMELESS : name,
      description: tag.description,
      typeDefinition: numeric && (ranged || tag.unit !== "") ? type : "BaseDataVariableType",
      dataType: dataTypeNode(builtInTypeOf(tag.dataType)),
      valueRank: -2, // any: a tag may be an array
      accessLevel: readable,
      userAccessLevel: readable,
      minimumSamplingInterval: 0,
      historizing: true,
      value: { dataType: DataType.Null },
    });
    variable.setValueFromSource({ dataType: DataType.Null }, StatusCodes.BadWaitingForInitialData);
    if (numeric && tag.unit !== "") this.#addUnit(variable, tag);
    if (numeric && ranged) this.#addRange(variable, tag);
    historyOf(this.#addressSpace, variable, tag, this.#openHistory, this.#readMissing, this.#aggregates);
    return variable;
  }

  #addUnit(variable: UAVariable, { path, unit }: TagDefinition): void {
    this.#folders.addVariable({
      propertyOf: variable,
      nodeId: this.#ownNodeId(`EngineeringUnits/${path}`),
      browseName: { name: "EngineeringUnits", namespaceIndex: 0 },
      typeDefinition: "PropertyType",
      dataType: "EUInformation",
      value: new Variant({ dataType: DataType.ExtensionObject, value: unitInformation(unit) }),
    });
  }

  #addRange(variable: UAVariable, { path, rangeLow, rangeHigh }: TagDefinition): void {
    this.#folders.addVariable({
      propertyOf: variable,
      nodeId: this.#ownNodeId(`EURange/${path}`),
      browseName: { name: "EURange", namespaceIndex: 0 },
      typeDefinition: "PropertyType",
      dataType: "Range",
      value: new Variant({
        dataType: DataType.ExtensionObject,
        value: new Range({ low: rangeLow!, high: rangeHigh! }),
      }),
    });
  }

  #folder(levels: readonly string[]): UAObject {
    if (levels.length === 0) return this.#plant;
    const path = levels.join("/");
    let folder = this.#folderByPath.get(path);
    if (folder === undefined) {
      const name = levels.at(-1) === "" ? NAMELESS : levels.at(-1)!;
      folder = this.#folders.addFolder(this.#folder(levels.slice(0, -1)), {
        browseName: { name, namespaceIndex: this.#folders.index },
        displayName: coerceLocalizedText(name)!,
        nodeId: this.#ownNodeId(`${PLANT_FOLDER}/${path}`),
      });
      this.#folderByPath.set(path, folder);
    }
    return folder;
  }

  #remove(path: string): void {
    const shown = this.#shown.get(path);
    this.#shown.delete(path);
    if (shown !== undefined) this.#addressSpace.deleteNode(shown.variable);
  }
}

/** Everything a node is made of; the rest of a definition may change without a new node. */
function sameNode(a: TagDefinition, b: TagDefinition): boolean {
  return (
    a.dataType === b.dataType &&
    a.unit === b.unit &&
    a.description === b.description &&
    a.rangeLow === b.rangeLow &&
    a.rangeHigh === b.rangeHigh
  );
}

function isNumeric({ dataType }: TagDefinition): boolean {
  return !["BOOLEAN", "STRING", "BYTES", "TIMESTAMP"].includes(dataType);
}

function dataTypeNode(dataType: DataType) {
  return resolveNodeId(`i=${dataType}`); // Part 6 §5.1.2: a built-in type's number is its NodeId
}
