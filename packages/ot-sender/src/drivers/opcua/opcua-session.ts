/** One session with an OPC UA server: made once, never repaired. When it is lost, the runner makes another, and everything in it anew.
 *  OPC UA driver → [OPC UA session] → node-opcua → server. Loaded with the library. */
import { join, resolve } from "node:path";
import { type Clock, type Log, StationError, writeHostPort } from "@nonreturn/station";
import {
  AttributeIds,
  type ClientSession,
  type DataValue,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  ReadRequest,
  ReadResponse,
  ReadValueId,
  type Response,
  resolveNodeId,
  SecurityPolicy,
  TimestampsToReturn,
  type UserIdentityInfo,
} from "node-opcua";
import { endpointUrlOf, type OpcuaDeviceConfig } from "./config.ts";
import { BUFFER_BYTES } from "./hello.ts";
import { takeLibraryLog } from "./library-log.ts";
import { readLogin } from "./login.ts";
import { explainRefusal } from "./refusal.ts";

const NAMESPACE_ARRAY = "i=2255"; // Server_NamespaceArray
const MAX_NODES_PER_READ = "i=11705"; // Server_ServerCapabilities_OperationLimits_…
const MAX_ITEMS_PER_CALL = "i=11714";
const CLOSE_MS = 1000;
const SESSION_MS = 60_000;

/** An answer, no answer within the time-out, or a refusal of the whole request. */
export type Outcome<T> =
  | { readonly kind: "answer"; readonly answer: T }
  | { readonly kind: "silence" }
  | { readonly kind: "refused"; readonly statusCode: number; readonly what: string };

export interface SessionSurroundings {
  readonly device: string;
  readonly clock: Clock;
  readonly log: Log;
}

export class OpcuaSession {
  /** By index. */
  readonly namespaces: readonly string[];
  /** What one request may carry. */
  readonly nodesPerRead: number;
  readonly itemsPerCall: number;
  readonly session: ClientSession;
  readonly #client: OPCUAClient;
  readonly #certificates: OPCUACertificateManager;
  readonly #clock: Clock;
  readonly #where: string;
  readonly #waiting = new Set<(lost: StationError) => void>();
  #lost: StationError | undefined;
  #begun: Promise<unknown> = Promise.resolve();

  private constructor(
    client: OPCUAClient,
    certificates: OPCUACertificateManager,
    session: ClientSession,
    config: OpcuaDeviceConfig,
    clock: Clock,
    found: { readonly namespaces: readonly string[]; readonly nodesPerRead: number; readonly itemsPerCall: number },
  ) {
    this.#client = client;
    this.#certificates = certificates;
    this.session = session;
    this.#clock = clock;
    this.#where = writeHostPort(config);
    this.namespaces = found.namespaces;
    this.nodesPerRead = Math.min(config.valuesPerRequest, found.nodesPerRead);
    this.itemsPerCall = Math.min(config.valuesPerRequest, found.itemsPerCall);
    client.on("connection_lost", () => this.lose("the server closed or reset the connection"));
    client.on("close", () => this.lose("the connection was closed"));
    session.on("session_closed", () => this.lose("the server closed the session"));
  }

  /** @throws {StationError} DEVICE_UNREACHABLE, OPCUA_…, FILE_…; nothing is left open then. */
  static async open(
    config: OpcuaDeviceConfig,
    { device, clock, log }: SessionSurroundings,
    signal: AbortSignal,
  ): Promise<OpcuaSession> {
    takeLibraryLog(log, clock);
    const login = readLogin(config);
    const pkiFolder = resolve(config.pkiFolder);
    const certificates = new OPCUACertificateManager({
      rootFolder: pkiFolder,
      automaticallyAcceptUnknownCertificate: false,
      disableFileWatchers: true, // each connection reads the folder anew
    });
    let client: OPCUAClient | undefined;
    const opening = async (): Promise<OpcuaSession> => {
      await certificates.initialize();
      client = OPCUAClient.create({
        applicationName: "Nonreturn",
        clientName: `Nonreturn ${device}`,
        endpointMustExist: false,
        securityPolicy: SecurityPolicy[config.security],
        securityMode: securityModeOf(config),
        clientCertificateManager: certificates,
        certificateFile: join(pkiFolder, "own/certs/nonreturn-ot.pem"),
        connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
        transportTimeout: config.connectTimeout,
        defaultTransactionTimeout: Math.max(5000, config.timeout),
        requestedSessionTimeout: SESSION_MS,
        // The library makes a buffer of this size for every request, and its own 512 KiB make V8 collect everything several times a second.
        transportSettings: { sendBufferSize: BUFFER_BYTES, receiveBufferSize: BUFFER_BYTES },
        keepSessionAlive: true,
      });
      await client.connect(endpointUrlOf(config));
      const session = await client.createSession(login as UserIdentityInfo);
      // The library breaks a connection on which nothing came for `transportTimeout`: rare scans and long intervals are no fault.
      channelOf(client)?.getTransport()?._socket?.setTimeout(0);
      const found = await learn(session, config);
      return new OpcuaSession(client, certificates, session, config, clock, found);
    };
    try {
      return await untilGivenUp(opening(), clock, config.connectTimeout, signal);
    } catch (error) {
      if (client !== undefined) await end(client, clock);
      while (certificates.referenceCounter > 0) await giveUp(certificates); // a client that never connected still holds it
      await giveUp(certificates);
      throw explainRefusal(error, config, pkiFolder);
    }
  }

  get lost(): StationError | undefined {
    return this.#lost;
  }

  /** Called when the connection, the session or the subscription ended. Only the first reason counts. */
  lose(what: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = new StationError({
      code: "CONNECTION_LOST",
      what,
      where: this.#where,
      action:
        "Nothing: the station reconnects. If it happens often, check the network and the server's limit of sessions.",
    });
    for (const reject of [...this.#waiting]) reject(this.#lost);
    this.#waiting.clear();
  }

  /** Tell once when the session is lost, at once if it is. @returns how to listen no more. */
  onLost(listener: (lost: StationError) => void): () => void {
    if (this.#lost !== undefined) listener(this.#lost);
    else this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  /** Tell of every response before the library acts on it. @returns how to listen no more. */
  onResponse(listener: (response: Response) => void): () => void {
    this.#client.on("receive_response", listener);
    return () => this.#client.off("receive_response", listener);
  }

  /** @returns a value for each node, in their order. @throws {StationError} CONNECTION_LOST */
  read(asked: AskedNodes, timeoutMs: number): Promise<Outcome<readonly DataValue[]>> {
    return this.call(() => readNodes(this.session, asked), timeoutMs);
  }

  /** @throws {StationError} CONNECTION_LOST */
  call<T>(ask: () => Promise<T>, timeoutMs: number): Promise<Outcome<T>> {
    return new Promise((settle, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => finish(() => settle({ kind: "silence" })));
      const stop = this.onLost((lost) => finish(() => reject(lost)));
      function finish(how: () => void): void {
        cancel();
        stop?.();
        how();
      }
      if (this.#lost !== undefined) return;
      ask().then(
        (answer) => finish(() => settle({ kind: "answer", answer })),
        (error: unknown) => {
          const { statusCode, what, isLost } = judgeFault(error);
          if (isLost) this.lose(what);
          else finish(() => settle({ kind: "refused", statusCode, what }));
        },
      );
    });
  }

  /** A session that ends while a subscription of it begins makes the library throw where nobody catches: closing waits for it, a second at most. */
  closeAfter<T>(beginning: Promise<T>): Promise<T> {
    this.#begun = beginning.catch(() => undefined);
    return beginning;
  }

  async close(): Promise<void> {
    this.lose("the connection was closed by this station");
    await within(this.#begun, CLOSE_MS, this.#clock);
    await end(this.#client, this.#clock);
    await giveUp(this.#certificates);
  }
}

/** Of one request: made once, for every scan. */
export type AskedNodes = ReadValueId[];

export function askedNodes(nodeIds: readonly string[]): AskedNodes {
  return nodeIds.map((nodeId) => new ReadValueId({ nodeId: resolveNodeId(nodeId), attributeId: AttributeIds.Value }));
}

/** What `session.read` does, less a copy of every node and a look through every value for structures, which are not read. */
function readNodes(session: ClientSession, asked: AskedNodes): Promise<readonly DataValue[]> {
  const request = new ReadRequest({ maxAge: 0, timestampsToReturn: TimestampsToReturn.Both });
  request.nodesToRead = asked;
  return new Promise((settle, reject) =>
    (session as ClientSession & Transactions).performMessageTransaction(request, (error, response) => {
      if (response instanceof ReadResponse && !error) settle(response.results ?? []);
      else reject(error ?? new Error("the server answered with something else"));
    }),
  );
}

/** Of the library's session, though not of its type. */
interface Transactions {
  performMessageTransaction(request: ReadRequest, done: (error: Error | null, response?: Response) => void): void;
}

function securityModeOf({ security, securityMode }: OpcuaDeviceConfig): MessageSecurityMode {
  if (security === "None") return MessageSecurityMode.None;
  return securityMode === "sign" ? MessageSecurityMode.Sign : MessageSecurityMode.SignAndEncrypt;
}

async function learn(session: ClientSession, { valuesPerRequest }: OpcuaDeviceConfig) {
  const asked = [NAMESPACE_ARRAY, MAX_NODES_PER_READ, MAX_ITEMS_PER_CALL];
  const [namespaces, nodes, items] = await session.read(
    asked.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
  );
  const limitOf = (value: DataValue | undefined): number => {
    const limit = Number(value?.value?.value ?? 0);
    return limit >= 1 ? limit : valuesPerRequest; // 0: the server has none
  };
  const list: unknown = namespaces?.value?.value;
  return {
    namespaces: Array.isArray(list) ? list.map(String) : [],
    nodesPerRead: limitOf(nodes),
    itemsPerCall: limitOf(items),
  };
}

/** @throws {GivenUp} */
function untilGivenUp<T>(work: Promise<T>, clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<T> {
  return new Promise((settle, reject) => {
    const cancel = clock.after(timeoutMs, () => finish(() => reject(new GivenUp(`no session within ${timeoutMs} ms`))));
    const onAbort = (): void => finish(() => reject(new GivenUp("connecting was given up")));
    function finish(how: () => void): void {
      cancel();
      signal.removeEventListener("abort", onAbort);
      how();
    }
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(
      (result) => finish(() => settle(result)),
      (error: unknown) => finish(() => reject(error)),
    );
  });
}

class GivenUp extends Error {}

/** Politely, and after a second by breaking the connection: a silent server does not keep the station. Never rejects. */
async function end(client: OPCUAClient, clock: Clock): Promise<void> {
  const channel = channelOf(client);
  const ended = client.disconnect().catch(() => undefined);
  let isOpen = true;
  void ended.then(() => {
    isOpen = false;
  });
  await within(ended, CLOSE_MS, clock);
  if (isOpen) channel?.getTransport()?.forceConnectionBreak();
}

/** Resolves when the work has, or after the time. */
function within(work: Promise<unknown>, timeMs: number, clock: Clock): Promise<void> {
  return new Promise((done) => {
    const cancel = clock.after(timeMs, done);
    work.then(() => {
      cancel();
      done();
    });
  });
}

/** The library keeps a list of those that are not disposed of: 30 kB a connection. Never rejects. */
async function giveUp(certificates: OPCUACertificateManager): Promise<void> {
  await certificates.dispose().catch(() => undefined); // the client, whose end we did not wait for, may be at it already
}

interface Channel {
  getTransport():
    | { forceConnectionBreak(): void; readonly _socket?: { setTimeout(ms: number): void } | null }
    | undefined;
}

function channelOf(client: OPCUAClient): Channel | null | undefined {
  return (client as unknown as { readonly _secureChannel?: Channel | null })._secureChannel;
}

/** Service faults after which nothing more comes in this session. Source: Part 4 §7.39. */
const ENDING = new Set([
  0x80250000, // BadSessionIdInvalid
  0x80260000, // BadSessionClosed
  0x80270000, // BadSessionNotActivated
  0x80220000, // BadSecureChannelIdInvalid
  0x80860000, // BadSecureChannelClosed
  0x80ae0000, // BadConnectionClosed
]);

function judgeFault(error: unknown): { readonly statusCode: number; readonly what: string; readonly isLost: boolean } {
  const fault = error as {
    readonly message?: string;
    readonly response?: { readonly responseHeader?: { readonly serviceResult?: { readonly value: number } } };
  };
  const statusCode = (fault.response?.responseHeader?.serviceResult?.value ?? 0) >>> 0;
  const what = (fault.message ?? String(error)).split("\n")[0]!.slice(0, 300);
  return { statusCode, what, isLost: statusCode === 0 || ENDING.has(statusCode) };
}
