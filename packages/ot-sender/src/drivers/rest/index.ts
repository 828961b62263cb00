/** Devices that answer HTTP requests with JSON.
 *  registry → [REST] → driver of each device */
import { writeHostPort } from "@nonreturn/station";
import type { DriverFactory } from "../driver.ts";
import { portOf, type RestDeviceConfig, restDeviceShape, restTagShape } from "./config.ts";
import { planTag } from "./plan.ts";
import { RestDriver } from "./rest-driver.ts";

export const rest: DriverFactory<RestDeviceConfig> = {
  name: "rest",
  deviceShape: restDeviceShape,
  tagShape: restTagShape,

  // Devices behind one server take turns; each has its own connection and account.
  channelOf(config) {
    return writeHostPort({ host: config.host.toLowerCase(), port: portOf(config) });
  },

  unitOf: () => "server",

  typeOf: () => undefined,

  trying: { rawWord: "JSON", typeOf: () => "FLOAT64" },
  pathKeys: ["secretHeaders"],

  mistakeOf(tag, config) {
    const planned = planTag(tag, config);
    return "mistake" in planned ? planned.mistake : undefined;
  },

  createChannel(devices, { clock }) {
    return devices.map(({ config, timezone }) => new RestDriver(config, timezone, clock));
  },
};
