/** OPC UA servers, by subscription or by polling, through node-opcua.
 *  registry → [OPC UA] → driver of each device */
import { writeHostPort } from "@nonreturn/station";
import type { DriverFactory } from "../driver.ts";
import { type OpcuaDeviceConfig, opcuaDeviceShape, opcuaTagShape } from "./config.ts";
import { ConnectTurns } from "./connect-turns.ts";
import { PollingOpcuaDriver, SubscribingOpcuaDriver } from "./opcua-driver.ts";
import { planNode } from "./plan.ts";

const turns = new ConnectTurns();

export const opcua: DriverFactory<OpcuaDeviceConfig> = {
  name: "opcua",
  deviceShape: opcuaDeviceShape,
  tagShape: opcuaTagShape,

  // Devices of one endpoint that are polled take turns; each has a session of its own.
  channelOf({ host, port, endpointPath }) {
    return `${writeHostPort({ host: host.toLowerCase(), port })}/${endpointPath}`;
  },

  unitOf: () => "server",

  typeOf: () => undefined,

  trying: { rawWord: "variant", typeOf: () => "FLOAT64" },
  ownFolders: { pkiFolder: "opcua-pki" },

  mistakeOf(tag) {
    const node = planNode(tag);
    return "mistake" in node ? node.mistake : undefined;
  },

  prepare: () => import("./library.ts"),

  createChannel(devices, { clock, log }) {
    return devices.map(({ device, config }) => {
      const surroundings = { device, clock, log, turns };
      return config.reading === "polling"
        ? new PollingOpcuaDriver(config, surroundings)
        : new SubscribingOpcuaDriver(config, surroundings);
    });
  },
};
