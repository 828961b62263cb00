/** The API's description for programs, made from the endpoints themselves.
 *  endpoints → [OpenAPI] → client
 *  Source: OpenAPI Specification 3.1.0. */
import { ENDPOINTS, type Endpoint } from "./endpoints.ts";

/** Of the API, not of the station: the first number is that of the paths. */
export const API_VERSION = "1.1.0";

const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const time = { type: "string", format: "date-time", description: "UTC, microseconds" };
const optional = (schema: { readonly type: string }) => ({ ...schema, type: [schema.type, "null"] });
const listOf = (name: string) => ({ type: "array", items: { $ref: `#/components/schemas/${name}` } });
const next = { type: ["string", "null"], description: "The cursor of the next page; null at the end." };
const object = (properties: Readonly<Record<string, unknown>>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});

const value = {
  type: ["number", "boolean", "string", "array", "null"],
  description:
    "Strings are also: 64-bit integers (exact digits), NaN, Infinity, -Infinity, and bytes in base64. null where there is none.",
};
const ALARM = {
  path: text,
  key: text,
  time,
  condition: { ...text, description: "HighHigh, High, Low, LowLow, Discrete, RateOfChange" },
  state: { type: "string", enum: ["active", "inactive"] },
  severity: { type: "integer", minimum: 1, maximum: 1000 },
  text,
  value,
  unit: text,
  eventSequence: { ...count, description: "Counts the events of the OT station's journal." },
};

const SCHEMAS = {
  Sample: object({
    timestamp: time,
    value,
    quality: { type: "string", enum: ["good", "uncertain", "bad"] },
    qualityCode: { type: "integer", description: "OPC UA StatusCode" },
  }),
  Tag: object({
    path: text,
    key: text,
    dataType: text,
    unit: text,
    description: text,
    device: text,
    rangeLow: optional({ type: "number" }),
    rangeHigh: optional({ type: "number" }),
  }),
  Latest: object({
    path: text,
    key: text,
    unit: text,
    stale: { type: "boolean" },
    sample: { anyOf: [{ $ref: "#/components/schemas/Sample" }, { type: "null" }] },
  }),
  TagPage: object({ tags: listOf("Tag"), next }),
  LatestPage: object({ latest: listOf("Latest"), next }),
  SamplePage: object({
    path: text,
    unit: optional(text),
    samples: listOf("Sample"),
    next,
    gaps: { ...listOf("Missing"), description: "What is missing in the time of this page; the first hundred." },
    gapsInAll: count,
  }),
  Missing: object({
    state: {
      type: "string",
      enum: ["open", "lost", "unrecorded"],
      description:
        "open: may still be healed. lost: the OT station does not hold it any more. unrecorded: it could not keep it.",
    },
    from: time,
    to: time,
    reason: {
      ...text,
      description:
        "not-received: of the link; otherwise why the OT station could not keep it, as in losses of /v1/gaps.",
    },
    blocks: optional(count),
    samples: optional(count),
  }),
  MissingPage: object({ gaps: listOf("Missing"), next }),
  Intervals: object({
    path: text,
    unit: optional(text),
    intervalMicros: count,
    resolution: {
      type: "string",
      enum: ["exact", "coarser"],
      description:
        "coarser: of some of the range only minutes or hours are left that are longer than an interval. They are counted where they begin, and held evenly.",
    },
    intervals: {
      type: "array",
      items: {
        type: "object",
        properties: {
          start: time,
          min: optional({ type: "number" }),
          max: optional({ type: "number" }),
          avg: optional({ type: "number" }),
          timeWeighted: optional({ type: "number" }),
          samples: count,
          unusable: { ...count, description: "Bad samples, and those without a finite number." },
          coverage: { type: "number", minimum: 0, maximum: 1 },
          gap: { type: "boolean", description: "Something is known to be missing, perhaps of this tag." },
        },
        required: ["start", "samples", "unusable", "coverage", "gap"],
      },
    },
    gaps: {
      ...listOf("Missing"),
      description: "What is missing in the range, of whatever tags; the first hundred.",
    },
    gapsInAll: count,
  }),
  Alarm: object(ALARM),
  AlarmEvent: object({ ...ALARM, historical: { type: "boolean", description: "Healed, or of a backlog." } }),
  Alarms: object({
    link: { type: "string", enum: ["unknown", "up", "silent"] },
    alarms: listOf("Alarm"),
    next,
  }),
  AlarmHistory: object({ events: listOf("AlarmEvent"), next }),
  Gaps: object({
    gaps: {
      type: "array",
      items: object({
        state: { type: "string", enum: ["open", "healed", "lost"] },
        gapCode: { ...text, description: "What is carried to the OT station." },
        stream: count,
        journalEpoch: count,
        firstSequence: count,
        lastSequence: count,
        from: optional(time),
        to: optional(time),
        openedAt: time,
        closedAt: optional(time),
      }),
    },
    gapsInAll: count,
    losses: {
      type: "array",
      items: object({ reason: text, samples: count, tags: count, sequence: count, from: time, to: time }),
    },
    lossesInAll: count,
  }),
  Stations: object({
    stations: {
      type: "array",
      items: object({
        name: {
          ...optional(text),
          description: "As it calls itself; null until it has told for the first time.",
        },
        mode: { type: ["string", "null"], enum: ["production", "lab", null] },
        softwareVersion: optional(text),
        announcedAt: {
          ...optional(time),
          description: "When it said this and what is under devices, by its own clock.",
        },
        heardAt: { ...optional(time), description: "The same by this station's clock." },
        announced: {
          type: ["string", "null"],
          enum: ["current", "old", null],
          description:
            "old: heard before this station started, or its link is not up: what is under devices was so then.",
        },
        stream: count,
        link: object({
          state: {
            type: "string",
            enum: ["up", "silent", "unknown", "off"],
            description: "off: the stream is not received any more.",
          },
          reason: { ...text, description: "Empty while it is up." },
          since: optional(time),
        }),
        journal: {
          ...optional(object({ epoch: count, head: count, oldest: count })),
          description:
            "The newest. head: the last block that was sent; oldest: the first that the OT station still holds; 0 until a heartbeat says.",
        },
        journals: { ...count, description: "This one and those before it." },
        lastBlock: {
          ...optional(
            object({ sequence: count, sealedAt: time, recordedAt: time, ageSeconds: { type: "number", minimum: 0 } }),
          ),
          description: "The block of the newest journal with the highest sequence. ageSeconds: since it was recorded.",
        },
        tags: count,
        devices: {
          type: "array",
          items: object({
            name: text,
            state: { type: "string", enum: ["connecting", "connected", "failed", "disabled"] },
            reason: { ...text, description: "Empty while it is connected." },
            since: time,
          }),
        },
        gaps: object({ open: count, openBlocks: count, healed: count, lost: count }),
      }),
    },
    stationsInAll: count,
  }),
  Status: object({
    publisher: text,
    now: time,
    link: object({ state: { type: "string", enum: ["unknown", "up", "silent"] }, since: time }),
    tags: object({ inAll: count, good: count, uncertain: count, bad: count, withoutValue: count, stale: count }),
  }),
  Problem: object({ type: text, title: text, status: count, detail: text }),
} as const;

const PROBLEM = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

const FILES = {
  CSV: { "text/csv": { schema: { type: "string" } } },
  Parquet: { "application/vnd.apache.parquet": { schema: { type: "string", format: "binary" } } },
} as const;

export function openApiDocument(): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Nonreturn IT station",
      version: API_VERSION,
      description: "Reads what the station has received and stored. Nothing can be written.",
    },
    paths: Object.fromEntries(ENDPOINTS.map((endpoint) => [endpoint.path, { get: operationOf(endpoint) }])),
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      responses: {
        Problem: { description: "Refused, with the reason.", content: PROBLEM },
      },
    },
    security: [{ token: [] }],
  };
}

function operationOf({ path, scope, summary, description, parameters, required, answers }: Endpoint): object {
  const content =
    answers in FILES
      ? FILES[answers as keyof typeof FILES]
      : { "application/json": { schema: { $ref: `#/components/schemas/${answers}` } } };
  return {
    operationId: path.replace(/^\/v1\//, "").replaceAll(/[^a-z]+/g, "_"),
    summary,
    description: `${description} Scope: ${scope}.`,
    parameters: Object.entries(parameters).map(([name, parameter]) => ({
      name,
      in: "query",
      required: required.includes(name),
      description: parameter.description,
      schema: parameter.schema,
    })),
    responses: {
      200: { description: summary, content },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}
