/** An OPC UA server whose variables show signals: nothing can be written, and any client certificate is taken.
 *  variable sources → [OPC UA device] → TCP front → reader */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StationError } from "@nonreturn/station";
import {
  coerceStatusCode,
  DataValue,
  MessageSecurityMode,
  type Namespace,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  ReadRequest,
  SecurityPolicy,
  StatusCodes,
  WriteRequest,
} from "node-opcua";
import { cycleStartMs, type DeviceSurroundings, type SimulatedDevice } from "../simulated-device.ts";
import type { OpcuaFault } from "./opcua-fault.ts";
import type { OpcuaSettings, OpcuaVariableSettings } from "./opcua-section.ts";
import { variableSource } from "./variable-source.ts";

const MAXIMUM_ITEMS = 100_000;
const ITEMS_PER_CALL = 10_000;

export async function startOpcuaDevice(
  settings: OpcuaSettings,
  surroundings: DeviceSurroundings,
): Promise<SimulatedDevice<OpcuaFault>> {
  const { clock, originMs, truth } = surroundings;
  const originMicros = clock.nowUtcMicros() - (clock.monotonicMs() - originMs) * 1000;
  const exceptions: Record<string, number> = {};
  let faults: readonly OpcuaFault[] = [];
  let requests = 0;
  let valuesServed = 0;
  let writesRefused = 0;

  const folder = mkdtempSync(join(tmpdir(), "nonreturn-sim-opcua-"));
  const certificates = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: true });
  let server: OPCUAServer | undefined;

  async function close(): Promise<void> {
    await server?.shutdown(0).catch(() => undefined);
    await certificates.dispose();
    rmSync(folder, { recursive: true, force: true });
  }

  function addVariable(namespace: Namespace, parent: string, variable: OpcuaVariableSettings): void {
    const source = variableSource(settings.name, variable, surroundings);
    const node = namespace.addVariable({
      organizedBy: parent,
      nodeId: `s=${variable.id}`,
      browseName: variable.id,
      dataType: source.dataType,
      ...(source.count === undefined ? { valueRank: -1 } : { valueRank: 1, arrayDimensions: [source.count] }),
      accessLevel: variable.access === "none" ? 0 : "CurrentRead",
      userAccessLevel: variable.access === "none" ? 0 : "CurrentRead",
      minimumSamplingInterval: settings.cycle,
    });
    node.bindVariable(
      {
        timestamped_get() {
          const timeMs = cycleStartMs(surroundings, settings.cycle);
          const sourceTimestamp = new Date(Math.floor((originMicros + timeMs * 1000) / 1000));
          const fault = faults.find(({ variables }) => variables === undefined || variable.id.startsWith(variables));
          if (fault !== undefined) {
            const name = `0x${fault.status.toString(16)}`;
            exceptions[name] = (exceptions[name] ?? 0) + 1;
            return new DataValue({ statusCode: coerceStatusCode(fault.status), sourceTimestamp });
          }
          const values = source.valuesAt(timeMs);
          valuesServed += values.length;
          truth.count(values.length);
          if (truth.wanted) {
            const time = clock.nowUtcMicros();
            for (const part of source.partsOf(values)) truth.record({ device: settings.name, time, ...part });
          }
          return new DataValue({ statusCode: StatusCodes.Good, sourceTimestamp, value: source.variantOf(values) });
        },
      },
      true,
    );
  }

  try {
    await certificates.initialize();
    const secure = settings.security.filter((policy) => policy !== "None");
    server = new OPCUAServer({
      host: "127.0.0.1",
      hostname: "127.0.0.1",
      port: 0, // the operating system says which
      resourcePath: "",
      nodeset_filename: [nodesets.standard],
      serverCertificateManager: certificates,
      userCertificateManager: certificates,
      serverInfo: { applicationUri: "urn:nonreturn:sim", applicationName: { text: settings.name } },
      securityPolicies: settings.security.map((policy) => SecurityPolicy[policy]),
      securityModes: [
        ...(secure.length > 0 ? [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt] : []),
        ...(secure.length < settings.security.length ? [MessageSecurityMode.None] : []),
      ],
      allowAnonymous: settings.anonymous,
      userManager: {
        isValidUser: (name: string, password: string) =>
          settings.users.some((user) => user.username === name && user.password === password),
      },
      maxConnectionsPerEndpoint: settings.maxConnections,
      serverCapabilities: {
        minSupportedSampleRate: 0,
        maxSessions: settings.maxConnections,
        maxMonitoredItems: MAXIMUM_ITEMS,
        maxMonitoredItemsPerSubscription: MAXIMUM_ITEMS,
        operationLimits: { maxNodesPerRead: ITEMS_PER_CALL, maxMonitoredItemsPerCall: ITEMS_PER_CALL },
      },
    });
    await server.initialize();
    const space = server.engine.addressSpace!;
    for (const uri of settings.namespaces) space.registerNamespace(uri);
    for (const uri of settings.namespaces) {
      const namespace = space.getNamespace(uri) as Namespace;
      const folderNode = namespace.addFolder("ObjectsFolder", { browseName: uri, nodeId: "s=/" });
      for (const variable of settings.variables)
        if ((variable.namespace ?? settings.namespaces[0]) === uri)
          addVariable(namespace, folderNode.nodeId.toString(), variable);
    }
    server.on("request", (request) => {
      if (request instanceof ReadRequest) requests++;
      if (request instanceof WriteRequest) writesRefused += request.nodesToWrite?.length ?? 0;
    });
    await server.start();
    const { port } = server.endpoints[0]!;
    return {
      inner: { host: "127.0.0.1", port },
      setFaults(next) {
        faults = next;
      },
      statistics: () => ({
        requests,
        valuesServed,
        exceptions: { ...exceptions },
        writesRefused,
        leftUnanswered: 0,
      }),
      close,
    };
  } catch (cause) {
    await close();
    if (cause instanceof StationError) throw cause;
    throw new StationError(
      {
        code: "SOCKET_CANNOT_LISTEN",
        what: `the simulated OPC UA server cannot start (${cause instanceof Error ? cause.message : String(cause)})`,
        where: settings.name,
        action: "Close other programs, or simulate fewer devices at once.",
      },
      { cause },
    );
  }
}
