/** The OPC UA server itself: endpoints, users, certificates, the tags below Objects/Plant, and their alarms. Loaded only where it is configured.
 *  OPC UA publisher → [tag server] → clients */
import { createHash, timingSafeEqual } from "node:crypto";
import {
  adjustLimitsWithParameters,
  DataType,
  type IHelloAckLimits,
  MessageSecurityMode,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type UAVariable,
  Variant,
} from "node-opcua";
import { passwordOf } from "../password.ts";
import type { LinkState, PublisherSurroundings } from "../publisher.ts";
import { type OpenHistory, TagAddressSpace } from "./address-space.ts";
import { AlarmConditions } from "./alarm-conditions.ts";
import type { OpcuaConfig } from "./config.ts";
import { MAXIMUM_SAMPLES } from "./history.ts";
import { takeLibraryLog } from "./library-log.ts";

const SERVICE_LEVEL_NODE = "ns=0;i=2267"; // Server_ServiceLevel
/** Part 4 §6.6.2.4.2: 200 … 255 healthy, 2 … 199 degraded, 1 no data. */
const SERVICE_LEVEL: Readonly<Record<LinkState["state"], number>> = { up: 255, unknown: 100, silent: 1 };
const MAXIMUM_MONITORED_ITEMS = 100_000;
const MAXIMUM_QUEUE = 10_000;
const ITEMS_PER_CALL = 10_000;
/** What the library grants by itself. */
const LIBRARY_LIMITS = {
  minBufferSize: 8192,
  maxBufferSize: 524_288,
  minMaxMessageSize: 131_072,
  defaultMaxMessageSize: 16_777_216,
  maxMaxMessageSize: 134_217_728,
  minMaxChunkCount: 1,
  defaultMaxChunkCount: 256,
  maxMaxChunkCount: 9000,
};
/** The largest chunk either side may send: about what most clients ask for. */
const BUFFER_BYTES = 65_536;

type Around = Pick<PublisherSurroundings, "clock" | "alarms" | "readMissingTimes" | "readMissingList">;

export class TagServer {
  readonly addressSpace: TagAddressSpace;
  readonly alarms: AlarmConditions;
  readonly #server: OPCUAServer;
  #link: LinkState["state"] = "unknown";

  private constructor(server: OPCUAServer, { clock, alarms: states, ...missing }: Around, openHistory: OpenHistory) {
    this.#server = server;
    // Some clients ask here first whether there is any history to be read (Part 11 §5.4.2).
    const { historyServerCapabilities } = server.engine;
    historyServerCapabilities.accessHistoryDataCapability = true;
    historyServerCapabilities.maxReturnDataValues = MAXIMUM_SAMPLES;
    const addressSpace = server.engine.addressSpace!;
    this.addressSpace = new TagAddressSpace(addressSpace, clock, openHistory, missing);
    this.alarms = new AlarmConditions(
      addressSpace,
      clock,
      this.addressSpace.plant,
      (path) => this.addressSpace.nodeIdOf(path),
      states,
    );
    const level = addressSpace.findNode(SERVICE_LEVEL_NODE) as UAVariable;
    const shown = () => new Variant({ dataType: DataType.Byte, value: SERVICE_LEVEL[this.#link] });
    level.bindVariable({ get: shown }, true);
  }

  /** Listening when it resolves. @throws Error of the socket, of a certificate; {StationError} FILE_… */
  static async start(
    config: OpcuaConfig,
    pkiFolder: string,
    station: string,
    around: Around & Pick<PublisherSurroundings, "log">,
    openHistory: OpenHistory,
  ): Promise<TagServer> {
    takeLibraryLog(around.log, around.clock);
    const certificates = new OPCUACertificateManager({
      rootFolder: pkiFolder,
      automaticallyAcceptUnknownCertificate: false,
    });
    await certificates.initialize();
    const secure = config.security.filter((policy) => policy !== "None");
    const server = new OPCUAServer({
      host: config.listen.host,
      port: config.listen.port,
      ...(config.hostname === undefined ? {} : { hostname: config.hostname, alternateHostname: config.hostname }),
      resourcePath: "/nonreturn",
      nodeset_filename: [nodesets.standard],
      transportSettings: { adjustTransportLimits: grantedTo },
      serverCertificateManager: certificates,
      userCertificateManager: certificates,
      serverInfo: {
        applicationUri: `urn:nonreturn:it:${station}`,
        productUri: "urn:nonreturn",
        applicationName: { text: "Nonreturn" },
      },
      buildInfo: { productName: "Nonreturn IT station", manufacturerName: "Nonreturn", productUri: "urn:nonreturn" },
      securityPolicies: config.security.map((policy) => SecurityPolicy[policy]),
      securityModes: [
        ...(secure.length > 0 ? [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt] : []),
        ...(secure.length < config.security.length ? [MessageSecurityMode.None] : []),
      ],
      allowAnonymous: config.anonymous,
      userManager: { isValidUser: userCheck(config) },
      maxConnectionsPerEndpoint: config.sessions,
      serverCapabilities: {
        minSupportedSampleRate: 0, // a sampling interval of 0 sees every change, not the last of each 50 ms
        maxSessions: config.sessions,
        maxMonitoredItemsPerSubscription: MAXIMUM_MONITORED_ITEMS,
        maxMonitoredItems: MAXIMUM_MONITORED_ITEMS,
        maxMonitoredItemsQueueSize: MAXIMUM_QUEUE,
        operationLimits: {
          maxNodesPerRead: ITEMS_PER_CALL,
          maxNodesPerBrowse: ITEMS_PER_CALL,
          maxMonitoredItemsPerCall: ITEMS_PER_CALL,
          maxNodesPerHistoryReadData: 100,
        },
      },
    });
    try {
      await server.initialize();
      const made = new TagServer(server, around, openHistory);
      await server.start();
      return made;
    } catch (error) {
      await server.shutdown(0).catch(() => undefined);
      throw error;
    }
  }

  get sessions(): number {
    return this.#server.engine.currentSessionCount;
  }

  async linkIs(state: LinkState["state"], signal: AbortSignal): Promise<void> {
    this.#link = state;
    await this.alarms.linkIs(state, signal);
  }

  async stop(): Promise<void> {
    this.alarms.close();
    await this.#server.shutdown(0);
  }
}

/** The library makes a buffer of a whole chunk for every answer, however short. Who names a number of chunks may count on large ones for large answers. */
function grantedTo(hello: IHelloAckLimits): IHelloAckLimits {
  const maxBufferSize = hello.maxChunkCount > 0 ? LIBRARY_LIMITS.maxBufferSize : BUFFER_BYTES;
  return adjustLimitsWithParameters(hello, { ...LIBRARY_LIMITS, maxBufferSize });
}

/** Compared in constant time, over digests, so that neither name nor length shows. */
function userCheck(config: OpcuaConfig): (username: string, password: string) => boolean {
  const users = new Map(config.users.map((user) => [user.username, digest(passwordOf(user) ?? "")]));
  const nobody = digest("");
  return (username, password) => {
    const held = users.get(username);
    return timingSafeEqual(digest(password), held ?? nobody) && held !== undefined;
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
