/** Mutated replies through everything that reads them, without a connection: node-opcua's message builder, then conversion to samples.
 *  [mutated chunks] → test, soak */
import { createLog, systemClock } from "@nonreturn/station";
import { qualityOf, type DataType as TagDataType } from "@nonreturn/wire-format";
import {
  BinaryStream,
  DataChangeNotification,
  DataType,
  DataValue,
  encodeExpandedNodeId,
  MessageBuilder,
  MessageSecurityMode,
  MonitoredItemNotification,
  NotificationMessage,
  PublishResponse,
  ReadResponse,
  ResponseHeader,
  SecurityPolicy,
  StatusCodes,
  VariantArrayType,
} from "node-opcua";
import { Chance } from "../../../../../test/support/hostile/chance.ts";
import { mutatedChunk } from "../../../../../test/support/hostile/opcua-chunk.ts";
import { convert } from "../../../src/drivers/opcua/convert.ts";
import { takeLibraryLog } from "../../../src/drivers/opcua/library-log.ts";

export interface MutatedChunks {
  readonly mutated: number;
  /** Messages that could still be read as the response they were. */
  readonly responses: number;
  readonly good: number;
  readonly bad: number;
  /** The builder gave the connection up. */
  readonly errors: number;
  /** Messages of another kind, and chunks that never became one. */
  readonly other: number;
  /** Bad samples with a value. */
  readonly wrong: number;
}

const NOW = 1_795_420_800_000_000;
const TYPES: readonly TagDataType[] = [
  "FLOAT64",
  "BOOLEAN",
  "UINT64",
  "INT64",
  "STRING",
  "INT32",
  "BYTES",
  "TIMESTAMP",
  "FLOAT32",
  "STRING",
];

/** Whatever is thrown goes through: a throw is the failure. A connection would not outlive most of these: each is the first of its own. */
export function readMutatedChunks(wanted: number, seed: number): MutatedChunks {
  takeLibraryLog(createLog({ name: "test", level: "silent" }), systemClock);
  const chance = new Chance(seed);
  const chunks = [chunkOf(readResponse()), chunkOf(publishResponse())];
  const counts = { mutated: 0, responses: 0, good: 0, bad: 0, errors: 0, other: 0, wrong: 0 };
  const take = (values: readonly (DataValue | undefined)[]): void => {
    for (const [index, value] of values.slice(0, 1000).entries()) {
      if (value === undefined || value === null) continue;
      const { sample } = convert(index, TYPES[index % TYPES.length]!, value, NOW);
      if (qualityOf(sample.statusCode) !== "bad") counts.good++;
      else counts.bad++;
      if (qualityOf(sample.statusCode) === "bad" && sample.value !== null) counts.wrong++;
    }
  };
  while (counts.mutated < wanted) {
    const chunk = chunks[chance.below(2)]!;
    const arriving = mutatedChunk(chunk, chance);
    counts.mutated++;
    // As ClientSecureChannelLayer makes it; without security it asks for no keys.
    const builder = new MessageBuilder({ getDerivedKey: () => null } as never, { name: "test" } as never);
    builder.setSecurity(MessageSecurityMode.None, SecurityPolicy.None);
    let outcome = "other" as "response" | "error" | "other";
    builder.on("message", (message: unknown) => {
      if (message instanceof ReadResponse) take(message.results ?? []);
      else if (message instanceof PublishResponse) take(valuesOf(message));
      else return;
      outcome = "response";
    });
    builder.on("error", () => {
      outcome = "error";
    });
    for (const part of arriving) builder.feed(Buffer.from(part));
    if (outcome === "response") counts.responses++;
    else if (outcome === "error") counts.errors++;
    else counts.other++;
    builder.dispose();
  }
  return counts;
}

function valuesOf({ notificationMessage }: PublishResponse): (DataValue | undefined)[] {
  return (notificationMessage?.notificationData ?? []).flatMap((each) =>
    each instanceof DataChangeNotification ? (each.monitoredItems ?? []).map(({ value }) => value) : [],
  );
}

function readResponse(): ReadResponse {
  return new ReadResponse({ responseHeader: new ResponseHeader({ requestHandle: 7 }), results: goodValues() });
}

function publishResponse(): PublishResponse {
  const monitoredItems = goodValues().map(
    (value, index) => new MonitoredItemNotification({ clientHandle: index, value }),
  );
  return new PublishResponse({
    responseHeader: new ResponseHeader({ requestHandle: 8 }),
    subscriptionId: 1,
    availableSequenceNumbers: [1],
    notificationMessage: new NotificationMessage({
      sequenceNumber: 1,
      publishTime: new Date(NOW / 1000),
      notificationData: [new DataChangeNotification({ monitoredItems })],
    }),
  });
}

function goodValues(): DataValue[] {
  const values: (readonly [DataType, unknown] | readonly [DataType, unknown, VariantArrayType])[] = [
    [DataType.Double, 12.5],
    [DataType.Boolean, true],
    [DataType.UInt64, [0xffff_ffff, 0xffff_ffff]],
    [DataType.Int64, [0xffff_ffff, 7]],
    [DataType.String, "A-17 °C"],
    [DataType.Int32, Int32Array.of(4, 5, 6), VariantArrayType.Array],
    [DataType.ByteString, Buffer.from("0102ff", "hex")],
    [DataType.DateTime, new Date(NOW / 1000)],
    [DataType.Float, 0.5],
    [DataType.LocalizedText, { locale: "de", text: "läuft" }],
  ];
  return values.map(
    ([dataType, value, arrayType = VariantArrayType.Scalar]) =>
      new DataValue({
        statusCode: StatusCodes.Good,
        sourceTimestamp: new Date(NOW / 1000),
        serverTimestamp: new Date(NOW / 1000),
        value: { dataType, arrayType, value } as never,
      }),
  );
}

function chunkOf(message: ReadResponse | PublishResponse): Buffer {
  const stream = new BinaryStream(Buffer.alloc(8192));
  encodeExpandedNodeId(message.schema.encodingDefaultBinary!, stream);
  message.encode(stream);
  const body = stream.buffer.subarray(0, stream.length);
  const header = Buffer.alloc(24);
  header.write("MSGF", 0, "latin1");
  header.writeUInt32LE(header.length + body.length, 4);
  for (const [at, value] of [1, 1, 1, 1].entries()) header.writeUInt32LE(value, 8 + at * 4);
  return Buffer.concat([header, body]);
}
