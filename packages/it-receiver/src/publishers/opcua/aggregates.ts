/** HistoryRead of aggregates, answered from the historian's minutes and hours where they are fine enough.
 *  client → [aggregates] → read intervals
 *  Source: OPC UA Part 11 §6.4.4, Part 13 §5.4.3 (stepped values), §5.3 (status of what is calculated). */
import { type Clock, sleep } from "@nonreturn/station/thread";
import {
  type AddressSpace,
  AggregateFunction,
  addAggregateSupport,
  DataType,
  type DataValue,
  DataValue as DataValueClass,
  HistoryData,
  HistoryReadResult,
  installReadProcessedDetails,
  type ReadProcessedDetails,
  readProcessedDetails,
  StatusCode,
  StatusCodes,
  type UAVariable,
} from "node-opcua";
import type { IntervalFigures } from "../interval-figures.ts";
import type { HistorySource, ReadMissingTimes } from "../publisher.ts";
import { readIntervals } from "../read-intervals.ts";

/** About 200 bytes each until they are sent. */
const MAXIMUM_INTERVALS = 20_000;
/** Requests that read or wait to; further ones are told to come back. */
const MAXIMUM_WAITING = 32;

interface Interval extends IntervalFigures {
  /** ms */
  readonly lengthMs: number;
  /** Something is known to be missing in it, perhaps of this tag. */
  readonly hasGap: boolean;
  /** Share in which a value held and nothing is known to be missing: what held before a gap may have changed in it. */
  readonly good: number;
}

/** undefined: nothing is known of the interval. */
const VALUES: Readonly<Record<number, (interval: Interval) => number | null>> = {
  [AggregateFunction.Minimum]: ({ min }) => min,
  [AggregateFunction.Maximum]: ({ max }) => max,
  [AggregateFunction.Average]: ({ avg }) => avg,
  [AggregateFunction.TimeAverage]: ({ timeWeighted }) => timeWeighted,
  [AggregateFunction.Count]: ({ samples }) => samples,
  [AggregateFunction.DurationGood]: ({ good, lengthMs }) => good * lengthMs,
  [AggregateFunction.DurationBad]: ({ good, lengthMs }) => (1 - good) * lengthMs,
  [AggregateFunction.PercentGood]: ({ good }) => good * 100,
  [AggregateFunction.PercentBad]: ({ good }) => (1 - good) * 100,
};
/** Those that are Uncertain where some of the interval was Bad or is missing; so is a count where something is missing. */
const OF_VALUES: readonly number[] = [
  ...[AggregateFunction.Minimum, AggregateFunction.Maximum, AggregateFunction.Average, AggregateFunction.TimeAverage],
];

export class Aggregates {
  readonly #addressSpace: AddressSpace;
  readonly #clock: Clock;
  readonly #open: () => HistorySource | undefined;
  readonly #readMissing: ReadMissingTimes | undefined;
  readonly #paths = new WeakMap<UAVariable, string>();
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    addressSpace: AddressSpace,
    clock: Clock,
    open: () => HistorySource | undefined,
    readMissing: ReadMissingTimes | undefined,
  ) {
    this.#addressSpace = addressSpace;
    this.#clock = clock;
    this.#open = open;
    this.#readMissing = readMissing;
    this.#install();
  }

  /** Called for each variable when its history is first read. */
  add(variable: UAVariable, path: string): void {
    this.#paths.set(variable, path);
  }

  /** Clients see from the beginning which aggregates there are. */
  #install(): void {
    addAggregateSupport(this.#addressSpace, [...Object.keys(VALUES).map(Number), AggregateFunction.Interpolative]);
    installReadProcessedDetails(
      this.#addressSpace,
      (node, context, details, range, encoding, continuation, callback) => {
        const known = this.#paths.get(node);
        const value = figureOf(details);
        // The library would answer Good with nothing in it, as if there were no data.
        if (details.startTime! > details.endTime!)
          return callback(null, new HistoryReadResult({ statusCode: StatusCodes.BadHistoryOperationUnsupported }));
        // What the historian has no figures for: as the library computes it from samples. It also refuses empty ranges.
        if (known === undefined || value === undefined || !(details.startTime! < details.endTime!))
          return readProcessedDetails(node, context, details, range, encoding, continuation, callback);
        this.#inTurn(known, details, value).then(
          (result) => callback(null, result),
          () => callback(null, new HistoryReadResult({ statusCode: StatusCodes.BadInternalError })),
        );
      },
    );
  }

  async #inTurn(
    path: string,
    details: ReadProcessedDetails,
    value: (interval: Interval) => number | null,
  ): Promise<HistoryReadResult> {
    if (this.#waiting >= MAXIMUM_WAITING)
      return new HistoryReadResult({ statusCode: StatusCodes.BadTooManyOperations });
    this.#waiting++;
    const result = this.#turn.then(() => this.#read(path, details, value));
    this.#turn = result.catch(() => undefined).finally(() => this.#waiting--);
    return result;
  }

  async #read(
    path: string,
    { startTime, endTime, processingInterval, aggregateType }: ReadProcessedDetails,
    value: (interval: Interval) => number | null,
  ): Promise<HistoryReadResult> {
    const [from, to] = [startTime!.getTime() * 1000, endTime!.getTime() * 1000];
    const interval = processingInterval > 0 ? Math.round(processingInterval * 1000) : to - from;
    if (!(interval >= 1) || (to - from) / interval > MAXIMUM_INTERVALS)
      return new HistoryReadResult({ statusCode: StatusCodes.BadAggregateInvalidInputs });
    const source = this.#open();
    const now = (): number => this.#clock.nowUtcMicros();
    const { figures } =
      source === undefined
        ? { figures: [] }
        : await readIntervals(source, { path, from, to, interval }, () => sleep(this.#clock, 0), now);
    const kind = aggregateType?.[0]?.value as number;
    const missing = figures.length === 0 ? undefined : this.#readMissing?.(from, to, interval);
    const dataValues = figures.map((one, at) => {
      const lengthMs = Math.min(interval, to - one.start) / 1000;
      const hasGap = missing?.touched[at] === 1;
      const good = Math.max(0, Math.min(one.coverage, 1 - (missing?.share[at] ?? 0)));
      return dataValueOf({ ...one, lengthMs, hasGap, good }, value, kind, lengthMs * 1000 < interval);
    });
    return new HistoryReadResult({ historyData: new HistoryData({ dataValues }), statusCode: StatusCodes.Good });
  }
}

function figureOf({ aggregateType, startTime, endTime }: ReadProcessedDetails) {
  const [only, ...others] = aggregateType ?? [];
  if (only === undefined || others.length > 0 || only.namespace !== 0 || !startTime || !endTime) return undefined;
  return VALUES[Number(only.value)];
}

function dataValueOf(
  interval: Interval,
  value: (interval: Interval) => number | null,
  kind: number,
  isPartial: boolean,
): DataValue {
  const number = value(interval);
  const sourceTimestamp = new Date(interval.start / 1000);
  if (number === null || (interval.samples + interval.unusable === 0 && interval.coverage === 0))
    return new DataValueClass({ sourceTimestamp, statusCode: StatusCodes.BadNoData });
  const isOfPart =
    (OF_VALUES.includes(kind) && (interval.unusable > 0 || interval.hasGap)) ||
    (kind === AggregateFunction.Count && interval.hasGap);
  const base = isOfPart ? StatusCodes.UncertainDataSubNormal : StatusCodes.Good;
  const calculated = StatusCode.makeStatusCode(base, "HistorianCalculated");
  const statusCode = isPartial ? StatusCode.makeStatusCode(calculated, "HistorianPartial") : calculated;
  return new DataValueClass({ sourceTimestamp, statusCode, value: { dataType: DataType.Double, value: number } });
}
