/** An OPC UA server made of a script: it answers every session in the same way and holds nothing of one that is gone, so that a million mutated
 *  answers and thousands of connections cost little more than what the client does with them. In the open, one chunk a message.
 *  node-opcua client → [scripted OPC UA] → chunk of each answer, for whoever changes it
 *  Source: OPC UA Part 6 §6.7.2 (MessageChunk), §7.1.2 (connection protocol), Part 4 §5. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { HostPort } from "@nonreturn/station";
import {
  ActivateSessionResponse,
  BinaryStream,
  CloseSessionResponse,
  CreateMonitoredItemsRequest,
  CreateMonitoredItemsResponse,
  CreateSessionResponse,
  CreateSubscriptionResponse,
  coerceNodeId,
  coerceStatusCode,
  DataChangeNotification,
  DataType,
  DataValue,
  EndpointDescription,
  encodeExpandedNodeId,
  GetEndpointsResponse,
  MessageSecurityMode,
  MonitoredItemNotification,
  makeNodeId,
  NotificationMessage,
  OpenSecureChannelResponse,
  PublishResponse,
  ReadRequest,
  ReadResponse,
  ResponseHeader,
  SecurityPolicy,
  ServiceFault,
  StatusCodes,
  UserTokenType,
} from "node-opcua";
import { CHUNK_HEADER_BYTES } from "./opcua-chunk.ts";

/** read, publish: what carries values. session: what makes and ends a session. */
export type AnswerKind = "read" | "publish" | "session";

export interface ScriptedOpcua {
  readonly address: HostPort;
  /** Since the start. */
  readonly connections: () => number;
  /** End every connection. */
  breakOff(): void;
  close(): Promise<void>;
}

/** Of the plant, in the order of its nodes: `ns=1;s=0`, `ns=1;s=1` … */
export interface Script {
  readonly values: readonly DataValue[];
  /** What goes instead of an answer. */
  change(kind: AnswerKind, chunk: Buffer): readonly Uint8Array[];
}

const TYPE_IDS = {
  getEndpoints: 428,
  createSession: 461,
  activateSession: 467,
  closeSession: 473,
  read: 631,
  createMonitoredItems: 751,
  createSubscription: 787,
  publish: 826,
};
/** Type id of four bytes, then the request's header. */
const REQUEST_HEADER_AT = 28;
/** In an answer: type id of four bytes, time of eight. */
const ANSWER_HANDLE_AT = 24 + 4 + 8;

const NO_LIMIT = new DataValue({ statusCode: StatusCodes.Good, value: { dataType: DataType.UInt32, value: 0 } });

export async function startScriptedOpcua(script: Script): Promise<ScriptedOpcua> {
  const open = new Set<Socket>();
  let connections = 0;
  const listener = createServer((socket) => {
    open.add(socket);
    connections++;
    const conversation = new Conversation(script, address(), (bytes) => void (socket.destroyed || socket.write(bytes)));
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      while (received.length >= CHUNK_HEADER_BYTES) {
        const length = received.readUInt32LE(4);
        if (received.length < length) return;
        conversation.take(received.subarray(0, length));
        received = received.subarray(length);
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
  });
  const address = (): HostPort => ({ host: "127.0.0.1", port: (listener.address() as AddressInfo).port });
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  return {
    address: address(),
    connections: () => connections,
    breakOff() {
      for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((closed) => listener.close(closed));
    },
  };
}

class Conversation {
  readonly #script: Script;
  readonly #address: HostPort;
  readonly #send: (bytes: Uint8Array) => void;
  #sequence = 0;
  #notifications = 0;
  #clientHandles: readonly number[] = [];
  readonly #waiting: { readonly requestId: number; readonly handle: number }[] = [];
  /** Encoded once for all answers of this connection. */
  #read: Buffer | undefined;

  constructor(script: Script, address: HostPort, send: (bytes: Uint8Array) => void) {
    this.#script = script;
    this.#address = address;
    this.#send = send;
  }

  take(chunk: Buffer): void {
    const kind = chunk.toString("latin1", 0, 3);
    if (kind === "HEL") this.#send(acknowledge());
    else if (kind === "OPN") this.#open(chunk);
    else if (kind === "MSG") this.#answer(chunk);
  }

  #open(chunk: Buffer): void {
    // Channel 4; policy, certificate, thumbprint: a length and bytes each, −1 for none. Then sequence number and request id.
    let at = CHUNK_HEADER_BYTES + 4;
    for (let field = 0; field < 3; field++) at += 4 + Math.max(0, chunk.readInt32LE(at));
    const requestId = chunk.readUInt32LE(at + 4);
    const handle = handleAt(chunk, at + 8 + 4);
    const policy = Buffer.from(SecurityPolicy.None);
    const header = Buffer.alloc(12 + 4 + policy.length + 4 + 4 + 8);
    header.write("OPNF", 0, "latin1");
    header.writeUInt32LE(1, 8);
    header.writeInt32LE(policy.length, 12);
    policy.copy(header, 16);
    const rest = 16 + policy.length;
    for (const [index, value] of [-1, -1, ++this.#sequence, requestId].entries())
      header.writeInt32LE(value, rest + 4 * index);
    const opened = new OpenSecureChannelResponse({
      responseHeader: headerFor(handle),
      serverProtocolVersion: 0,
      securityToken: { channelId: 1, tokenId: 1, createdAt: new Date(), revisedLifetime: 3_600_000 },
      serverNonce: Buffer.alloc(0),
    });
    this.#send(sized(Buffer.concat([header, bodyOf(opened)])));
  }

  #answer(chunk: Buffer): void {
    const type = chunk.readUInt16LE(26);
    const requestId = chunk.readUInt32LE(20);
    const handle = handleAt(chunk, REQUEST_HEADER_AT);
    if (type === TYPE_IDS.read && isOfPlant(chunk)) {
      this.#read ??= this.#chunkOf(
        new ReadResponse({ responseHeader: headerFor(0), results: [...this.#script.values] }),
      );
      this.#give("read", this.#addressed(this.#read, requestId, handle));
      return;
    }
    if (type === TYPE_IDS.publish) {
      // The first ones wait: there is nothing to say before nodes are watched.
      if (this.#clientHandles.length === 0) this.#waiting.push({ requestId, handle });
      else this.#publish(requestId, handle);
      return;
    }
    this.#give("session", this.#addressed(this.#chunkOf(this.#sessionAnswer(type, chunk)), requestId, handle));
    if (this.#clientHandles.length > 0)
      for (const each of this.#waiting.splice(0)) this.#publish(each.requestId, each.handle);
  }

  #publish(requestId: number, handle: number): void {
    this.#give("publish", this.#addressed(this.#chunkOf(this.#notification()), requestId, handle));
  }

  #sessionAnswer(type: number, chunk: Buffer): Encodable {
    const responseHeader = headerFor(0);
    switch (type) {
      case TYPE_IDS.getEndpoints:
        return new GetEndpointsResponse({ responseHeader, endpoints: [this.#endpoint()] });
      case TYPE_IDS.createSession:
        return new CreateSessionResponse({
          responseHeader,
          sessionId: coerceNodeId("ns=1;i=1"),
          authenticationToken: makeNodeId(1, 1),
          revisedSessionTimeout: 60_000,
          serverEndpoints: [this.#endpoint()],
          maxRequestMessageSize: 0,
        });
      case TYPE_IDS.activateSession:
        return new ActivateSessionResponse({ responseHeader, results: [] });
      case TYPE_IDS.closeSession:
        return new CloseSessionResponse({ responseHeader });
      case TYPE_IDS.createSubscription:
        return new CreateSubscriptionResponse({
          responseHeader,
          subscriptionId: 1,
          revisedPublishingInterval: 100,
          revisedLifetimeCount: 600,
          revisedMaxKeepAliveCount: 50,
        });
      case TYPE_IDS.createMonitoredItems: {
        const { itemsToCreate } = decoded(new CreateMonitoredItemsRequest(), chunk);
        this.#clientHandles = (itemsToCreate ?? []).map((item) => item.requestedParameters.clientHandle);
        const results = this.#clientHandles.map((_, index) => ({
          statusCode: StatusCodes.Good,
          monitoredItemId: index + 1,
          revisedSamplingInterval: 100,
          revisedQueueSize: 10,
        }));
        return new CreateMonitoredItemsResponse({ responseHeader, results });
      }
      case TYPE_IDS.read: {
        // Of the server itself: its limits, its state (0: running).
        const { nodesToRead } = decoded(new ReadRequest(), chunk);
        return new ReadResponse({ responseHeader, results: (nodesToRead ?? []).map(() => NO_LIMIT) });
      }
      default:
        return new ServiceFault({ responseHeader: headerFor(0, 0x800b0000) }); // BadServiceUnsupported
    }
  }

  #notification(): PublishResponse {
    const sequenceNumber = ++this.#notifications;
    const monitoredItems = this.#clientHandles.map(
      (clientHandle, index) => new MonitoredItemNotification({ clientHandle, value: this.#script.values[index]! }),
    );
    return new PublishResponse({
      responseHeader: headerFor(0),
      subscriptionId: 1,
      availableSequenceNumbers: [sequenceNumber],
      notificationMessage: new NotificationMessage({
        sequenceNumber,
        publishTime: new Date(),
        notificationData: [new DataChangeNotification({ monitoredItems })],
      }),
    });
  }

  #endpoint(): EndpointDescription {
    return new EndpointDescription({
      endpointUrl: `opc.tcp://${this.#address.host}:${this.#address.port}/`,
      securityMode: MessageSecurityMode.None,
      securityPolicyUri: SecurityPolicy.None,
      userIdentityTokens: [{ policyId: "anonymous", tokenType: UserTokenType.Anonymous }],
      transportProfileUri: "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary",
    });
  }

  #chunkOf(message: Encodable): Buffer {
    const header = Buffer.alloc(24);
    header.write("MSGF", 0, "latin1");
    header.writeUInt32LE(1, 8);
    header.writeUInt32LE(1, 12);
    return sized(Buffer.concat([header, bodyOf(message)]));
  }

  /** A copy, as the answer to one request. */
  #addressed(chunk: Buffer, requestId: number, handle: number): Buffer {
    const copy = Buffer.from(chunk);
    copy.writeUInt32LE(++this.#sequence, 16);
    copy.writeUInt32LE(requestId, 20);
    copy.writeUInt32LE(handle, ANSWER_HANDLE_AT);
    return copy;
  }

  #give(kind: AnswerKind, chunk: Buffer): void {
    for (const part of this.#script.change(kind, chunk)) this.#send(part);
  }
}

interface Encodable {
  readonly schema: { readonly encodingDefaultBinary?: unknown };
  encode(stream: BinaryStream): void;
}

function acknowledge(): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.write("ACKF", 0, "latin1");
  for (const [index, value] of [28, 0, 65_535, 65_535, 0, 0].entries()) bytes.writeUInt32LE(value, 4 + index * 4);
  return bytes;
}

function headerFor(requestHandle: number, serviceResult = 0): ResponseHeader {
  return new ResponseHeader({
    timestamp: new Date(0),
    requestHandle,
    serviceResult: coerceStatusCode(serviceResult),
  });
}

/** Behind the authentication token, whose length is its encoding's (Part 6 §5.2.2.9), and the time. */
function handleAt(chunk: Buffer, at: number): number {
  const kind = chunk[at]!;
  const long = kind === 3 || kind === 5 ? 3 + 4 + chunk.readInt32LE(at + 3) : 0;
  const bytes = [2, 4, 7, long, 19, long][kind] ?? 2;
  return chunk.readUInt32LE(at + bytes + 8);
}

/** A read of nodes with text in their ids; those of the server have numbers. */
function isOfPlant(chunk: Buffer): boolean {
  return chunk.includes(Buffer.from([0x03, 0x01, 0x00]), REQUEST_HEADER_AT);
}

function decoded<Request extends { decode(stream: BinaryStream): void }>(request: Request, chunk: Buffer): Request {
  const stream = new BinaryStream(Buffer.from(chunk.subarray(REQUEST_HEADER_AT)));
  request.decode(stream);
  return request;
}

function bodyOf(message: Encodable): Buffer {
  const stream = new BinaryStream(Buffer.alloc(16_384));
  encodeExpandedNodeId(message.schema.encodingDefaultBinary as never, stream);
  message.encode(stream);
  return Buffer.from(stream.buffer.subarray(0, stream.length));
}

function sized(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(bytes.length, 4);
  return bytes;
}
