/** HistoryRead of a tag's variable from the historian; gaps are among the samples, Bad_DataLost.
 *  client → [history] → historian, missing times, aggregates
 *  Source: OPC UA Part 11 §4.3, §6.4, Part 13. */
import type { TagDefinition } from "@nonreturn/wire-format";
import {
  type AddressSpace,
  type DataValue,
  type IVariableHistorian,
  installAggregateConfigurationOptions,
  isMinDate,
  type ReadRawModifiedDetails,
  type UAVariable,
} from "node-opcua";
import { markGaps, marksOf } from "../mark-gaps.ts";
import type { HistorySource, ReadMissingList } from "../publisher.ts";
import type { Aggregates } from "./aggregates.ts";
import { builtInTypeOf, dataValueOf } from "./map-sample.ts";

/** node-opcua keeps what one request finds until the client has fetched it: about 200 bytes each. */
export const MAXIMUM_SAMPLES = 100_000;
const END_OF_TIME = Number.MAX_SAFE_INTEGER - 1;

type OpenHistory = () => HistorySource | undefined;

/**
 * The nodes that HistoryRead needs (a dozen a variable) are made when a variable's history is first read, not before: a plant has 100,000
 * tags, and few are looked at.
 */
export function historyOf(
  addressSpace: AddressSpace,
  variable: UAVariable,
  tag: TagDefinition,
  open: OpenHistory,
  readMissing: ReadMissingList | undefined,
  aggregates: Aggregates,
): void {
  const node = variable as { historyRead: UAVariable["historyRead"] };
  const inherited = node.historyRead;
  node.historyRead = function historyRead(this: UAVariable, ...request: unknown[]): never {
    node.historyRead = inherited;
    addressSpace.installHistoricalDataNode(variable, { historian: new TagHistorian(tag, open, readMissing) });
    aggregates.add(variable, tag.path);
    installAggregateConfigurationOptions(variable, { stepped: true });
    return (inherited as (...request: unknown[]) => never).apply(this, request);
  } as UAVariable["historyRead"];
}

class TagHistorian implements IVariableHistorian {
  readonly #tag: TagDefinition;
  readonly #open: OpenHistory;
  readonly #readMissing: ReadMissingList | undefined;

  constructor(tag: TagDefinition, open: OpenHistory, readMissing: ReadMissingList | undefined) {
    this.#tag = tag;
    this.#open = open;
    this.#readMissing = readMissing;
  }

  /** The historian publisher does that. */
  async push(): Promise<void> {}

  /** Called by node-opcua with the times in ascending order. `most` 0: all of the range. */
  extractDataValues(
    details: ReadRawModifiedDetails,
    most: number,
    isReversed: boolean,
    reverse: boolean,
    callback: (error: Error | null, dataValues?: DataValue[]) => void,
  ): void {
    try {
      const found = this.#read(details, most, isReversed);
      callback(null, reverse ? found.reverse() : found);
    } catch (error) {
      callback(error as Error);
    }
  }

  #read({ startTime, endTime }: ReadRawModifiedDetails, most: number, isReversed: boolean): DataValue[] {
    const source = this.#open();
    if (source === undefined) return [];
    const from = isMinDate(startTime) ? 0 : startTime!.getTime() * 1000;
    const to = isMinDate(endTime) ? END_OF_TIME : endTime!.getTime() * 1000;
    const declared = builtInTypeOf(this.#tag.dataType);
    const found: DataValue[] = [];
    // Backwards: the last ones of the range, found by going through it.
    const limit = most > 0 ? Math.min(most, MAXIMUM_SAMPLES) : MAXIMUM_SAMPLES;
    const missing = this.#readMissing?.(from, to + 1, MAXIMUM_SAMPLES + 1) ?? [];
    if (missing.length > MAXIMUM_SAMPLES && (isReversed || most === 0))
      throw new Error(`the range holds more than ${MAXIMUM_SAMPLES} gaps; read it in parts`);
    const rows = markGaps(source.read(this.#tag.path, from, to), marksOf(missing, from), from);
    for (const { value, statusCode, sourceTimestamp } of rows) {
      found.push(dataValueOf(value, statusCode, sourceTimestamp, declared));
      if (found.length <= limit) continue;
      if (isReversed) found.shift();
      else if (most > 0) return found.slice(0, limit);
      else throw new Error(`the range holds more than ${MAXIMUM_SAMPLES} samples; read it in parts`);
    }
    return isReversed ? found.reverse() : found;
  }
}
