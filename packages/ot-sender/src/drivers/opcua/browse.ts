/** Lists the variables that a server shows below its Objects folder, with their types.
 *  OPC UA session → [browse] → browsed tags
 *  Source: OPC UA Part 4 §5.9.2 (Browse), Part 3 §5.6 (variables). */
import { StationError } from "@nonreturn/station";
import {
  AttributeIds,
  BrowseDirection,
  type BrowseResult,
  DataType,
  NodeClass,
  type ReferenceDescription,
} from "node-opcua";
import type { Browsed, BrowsedTag } from "../driver.ts";
import { writeAddress } from "./address.ts";
import { tagTypeOf } from "./convert.ts";
import type { OpcuaSession, Outcome } from "./opcua-session.ts";
import { partsOf } from "./plan.ts";

const OBJECTS_FOLDER = "ns=0;i=85";
const SERVER_OBJECT = "ns=0;i=2253";
/** A list for people; a server with more is browsed in its own tools. */
const MAX_TAGS = 100_000;
const MAX_NODES = 200_000;
const MAX_DEPTH = 32;
const NODES_PER_BROWSE = 50;
const REFERENCES_PER_NODE = 1000;

interface Place {
  readonly nodeId: string;
  readonly path: string;
}

/** @throws {StationError} BROWSE_FAILED, CONNECTION_LOST, READ_ABORTED */
export async function browseServer(session: OpcuaSession, timeoutMs: number, signal: AbortSignal): Promise<Browsed> {
  session.session.requestedMaxReferencesPerNode = REFERENCES_PER_NODE;
  const found = new Map<string, string>(); // variable → path
  const seen = new Set([OBJECTS_FOLDER, SERVER_OBJECT]); // what the Server object says is of the server, not of the plant
  let level: readonly Place[] = [{ nodeId: OBJECTS_FOLDER, path: "" }];
  let isCut = false;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: Place[] = [];
    for (const part of partsOf(level, NODES_PER_BROWSE)) {
      for (const [index, references] of (await referencesOf(session, part, timeoutMs, signal)).entries())
        for (const { nodeId, nodeClass, browseName } of references) {
          const id = nodeId.toString();
          if (seen.has(id)) continue;
          if (seen.size >= MAX_NODES || found.size >= MAX_TAGS) {
            isCut = true;
            continue;
          }
          seen.add(id);
          const path = pathOf(part[index]!.path, browseName.name ?? "");
          if (nodeClass === NodeClass.Variable) found.set(id, path);
          next.push({ nodeId: id, path });
        }
    }
    level = next;
  }
  if (level.length > 0) isCut = true;
  const tags: BrowsedTag[] = [];
  for (const part of partsOf([...found], Math.max(1, Math.floor(session.nodesPerRead / 2))))
    tags.push(...(await describeVariables(session, part, timeoutMs, signal)));
  return { tags, extent: isCut ? "cut" : "all" };
}

async function referencesOf(
  session: OpcuaSession,
  places: readonly Place[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly (readonly ReferenceDescription[])[]> {
  const asked = places.map(({ nodeId }) => ({
    nodeId,
    referenceTypeId: "HierarchicalReferences",
    browseDirection: BrowseDirection.Forward,
    includeSubtypes: true,
    nodeClassMask: NodeClass.Object | NodeClass.Variable,
    resultMask: 63,
  }));
  const results = answered(await session.call(() => session.session.browse(asked), timeoutMs), signal);
  const lists: ReferenceDescription[][] = [];
  for (const result of results) {
    const references = [...(result.references ?? [])];
    let rest: BrowseResult = result;
    while (rest.continuationPoint && rest.continuationPoint.length > 0 && references.length < MAX_NODES) {
      const point = rest.continuationPoint;
      rest = answered(await session.call(() => session.session.browseNext(point, false), timeoutMs), signal);
      references.push(...(rest.references ?? []));
    }
    lists.push(references);
  }
  return lists;
}

/** Data type and array shape of each; a type derived from a built-in one is shown by its node id. */
async function describeVariables(
  session: OpcuaSession,
  variables: readonly (readonly [nodeId: string, path: string])[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<BrowsedTag[]> {
  const asked = variables.flatMap(([nodeId]) => [
    { nodeId, attributeId: AttributeIds.DataType },
    { nodeId, attributeId: AttributeIds.ValueRank },
  ]);
  const values = answered(await session.call(() => session.session.read(asked), timeoutMs), signal);
  return variables.map(([nodeId, path], index) => {
    const typeId: { readonly namespace?: number; readonly value?: unknown } | null =
      values[index * 2]?.value?.value ?? null;
    const rank = Number(values[index * 2 + 1]?.value?.value ?? -1);
    const builtIn = typeId?.namespace === 0 ? (Number(typeId.value) as DataType) : DataType.Null;
    const name =
      DataType[builtIn] === undefined || builtIn === DataType.Null ? String(typeId ?? "?") : DataType[builtIn];
    const [, space = "0", identifier = nodeId] = /^ns=(\d+);(.*)$/s.exec(nodeId) ?? [];
    return {
      address: writeAddress(Number(space), identifier, session.namespaces),
      path,
      dataType: tagTypeOf(builtIn),
      description: `${name}${rank >= 0 ? "[]" : ""}`,
    };
  });
}

/** @throws {StationError} BROWSE_FAILED, READ_ABORTED */
function answered<T>(outcome: Outcome<T>, signal: AbortSignal): T {
  if (signal.aborted)
    throw new StationError({ code: "READ_ABORTED", what: "browsing was given up", action: "Nothing: it was stopped." });
  if (outcome.kind === "answer") return outcome.answer;
  throw new StationError({
    code: "BROWSE_FAILED",
    what: outcome.kind === "silence" ? "the server did not answer" : `the server refused (${outcome.what})`,
    action: "Write the addresses by hand; reading does not need the list.",
  });
}

/** Tag paths have no control characters; a slash separates. */
function pathOf(parent: string, name: string): string {
  const segment = name.replaceAll(/[\p{Cc}\p{Cs}/\\]+/gu, "-").replaceAll(".", "/") || "unnamed";
  return parent === "" ? segment : `${parent}/${segment}`;
}
