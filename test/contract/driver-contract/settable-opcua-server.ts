/** An OPC UA server whose variables the test sets, each change told to whoever has subscribed. In the open.
 *  subscribing contract → [settable OPC UA server] → driver under test */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Value } from "@nonreturn/wire-format";
import {
  DataType,
  MessageSecurityMode,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type UAVariable,
  Variant,
  VariantArrayType,
} from "node-opcua";
import { freeTcpPort } from "../../support/free-port.ts";
import type { ContractSource } from "./subscribing-contract.ts";

const VARIABLES = [
  ["Speed", DataType.Double],
  ["Running", DataType.Boolean],
  ["Total", DataType.UInt64],
  ["Order", DataType.String],
  ["Recipe", DataType.Int32],
  ["Secret", DataType.Double],
] as const;

export async function startSettableServer(namespaceUri: string): Promise<ContractSource> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-settable-"));
  const certificates = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: true });
  await certificates.initialize();
  const port = await freeTcpPort();
  const server = new OPCUAServer({
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    port,
    resourcePath: "",
    nodeset_filename: [nodesets.standard],
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityPolicies: [SecurityPolicy.None],
    securityModes: [MessageSecurityMode.None],
    maxConnectionsPerEndpoint: 1000, // a session whose connection was lost stays for a minute
    serverCapabilities: { maxSessions: 1000, minSupportedSampleRate: 0 },
  });
  await server.initialize();
  const namespace = server.engine.addressSpace!.registerNamespace(namespaceUri);
  const nodes = new Map<string, { readonly node: UAVariable; readonly dataType: DataType }>();
  for (const [id, dataType] of VARIABLES) {
    const accessLevel = id === "Secret" ? 0 : "CurrentRead";
    const node = namespace.addVariable({
      organizedBy: "ObjectsFolder",
      nodeId: `s=${id}`,
      browseName: id,
      dataType: id === "Speed" ? "BaseDataType" : DataType[dataType], // so that it can be spoilt
      valueRank: -2,
      accessLevel,
      userAccessLevel: accessLevel,
    });
    nodes.set(id, { node, dataType });
  }
  await server.start();
  const nodeOf = (address: string) => nodes.get(address.slice(address.indexOf(";s=") + 3))!;
  return {
    address: { host: "127.0.0.1", port },
    async set({ address }, value) {
      const { node, dataType } = nodeOf(address);
      node.setValueFromSource(variantOf(dataType, value));
    },
    async spoil({ address }) {
      nodeOf(address).node.setValueFromSource(new Variant({ dataType: DataType.String, value: "spoilt" }));
    },
    async close() {
      await server.shutdown(0);
      await certificates.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function variantOf(dataType: DataType, value: Value): Variant {
  if (Array.isArray(value)) return new Variant({ dataType, arrayType: VariantArrayType.Array, value });
  const halves = typeof value === "bigint" ? [Number(value >> 32n), Number(value & 0xffff_ffffn)] : value;
  return new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: halves });
}
