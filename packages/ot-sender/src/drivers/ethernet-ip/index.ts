/** EtherNet/IP: ControlLogix, CompactLogix and Micro800, by CIP messages of our own making.
 *  registry → [EtherNet/IP] → driver of each device */
import { writeHostPort } from "@nonreturn/station";
import type { DriverFactory } from "../driver.ts";
import { openStream } from "../secure-stream.ts";
import { parseTagName } from "./address.ts";
import { CipConnection } from "./cip-connection.ts";
import { type EthernetIpDeviceConfig, ethernetIpDeviceShape, ethernetIpTagShape } from "./config.ts";
import { EthernetIpDriver } from "./ethernet-ip-driver.ts";
import { placeTag } from "./place-tag.ts";
import { routeOf } from "./route.ts";

export const ethernetIp: DriverFactory<EthernetIpDeviceConfig> = {
  name: "ethernet-ip",
  deviceShape: ethernetIpDeviceShape,
  tagShape: ethernetIpTagShape,

  // Two controllers behind one Ethernet module have a connection each.
  channelOf(config) {
    const { host, port } = config;
    const route = Buffer.from(routeOf(config)).toString("hex");
    return `${writeHostPort({ host: host.toLowerCase(), port })}${route === "" ? "" : ` route ${route}`}`;
  },

  unitOf: () => "controller",

  typeOf(text) {
    const name = parseTagName(text);
    return "mistake" in name || name.bit === undefined ? undefined : "BOOLEAN";
  },

  // Of a tag that names no type DINT is the most likely: counters, states, and what Logix makes of a tag by itself.
  trying: { rawWord: "type and bytes", typeOf: () => "INT32" },

  mistakeOf(tag, config) {
    const place = placeTag(tag, config);
    return "mistake" in place ? place.mistake : undefined;
  },

  createChannel(devices, { clock, log }) {
    const first = devices[0]?.config;
    if (first === undefined) return [];
    const { host, port, connection: mode } = first;
    const settings = { address: { host, port }, route: routeOf(first), connection: mode };
    const connection = new CipConnection(settings, clock, log, (address, timeoutMs, signal) =>
      openStream(address, { tls: undefined, timeoutMs, signal, clock, chunks: "lent" }),
    );
    return devices.map(({ config }) => new EthernetIpDriver(config, connection, clock));
  },
};
