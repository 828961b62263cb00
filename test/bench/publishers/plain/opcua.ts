/** node-opcua: a server with a variable per tag; every sample is set, and subscribers have their turn after each scan.
 *  rows → [OPC UA] → subscribers */
import { setTimeout as sleep } from "node:timers/promises";
import { DataType, OPCUAServer, StatusCodes } from "node-opcua";
import { TAGS } from "../bench-plant.ts";
import type { OpenPlainClient } from "./plain-client.ts";

export const open: OpenPlainClient<{ readonly port: number }> = async ({ port }) => {
  const server = new OPCUAServer({
    host: "127.0.0.1",
    port,
    serverCapabilities: {
      minSupportedSampleRate: 0,
      maxMonitoredItemsPerSubscription: 100_000,
      maxMonitoredItems: 100_000,
      maxMonitoredItemsQueueSize: 10_000,
    },
  });
  await server.initialize();
  const namespace = server.engine.addressSpace!.registerNamespace("urn:nonreturn:tags");
  const variables = TAGS.map(({ path }) =>
    namespace.addVariable({
      organizedBy: server.engine.addressSpace!.rootFolder.objects,
      nodeId: `s=${path}`,
      browseName: path,
      dataType: "Double",
      minimumSamplingInterval: 0,
    }),
  );
  await server.start();
  return {
    async write(rows) {
      for (const { tag, time, value } of rows)
        variables[tag.tagId - 1]!.setValueFromSource(
          { dataType: DataType.Double, value },
          StatusCodes.Good,
          new Date(time / 1000),
        );
      await sleep(0);
    },
    close: () => server.shutdown(0),
  };
};
