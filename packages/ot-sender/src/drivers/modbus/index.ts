/** Modbus TCP, by modbus-serial.
 *  registry → [modbus] → driver of each device */
import { writeHostPort } from "@nonreturn/station";
import type { DriverFactory } from "../driver.ts";
import { isBitTable, parseAddress } from "./address.ts";
import { type ModbusDeviceConfig, modbusDeviceShape, modbusTagShape } from "./config.ts";
import { ModbusConnection } from "./modbus-connection.ts";
import { ModbusDriver } from "./modbus-driver.ts";
import { placeTag } from "./place-tag.ts";

export const modbus: DriverFactory<ModbusDeviceConfig> = {
  name: "modbus",
  deviceShape: modbusDeviceShape,
  tagShape: modbusTagShape,

  channelOf: ({ host, port }) => writeHostPort({ host: host.toLowerCase(), port }),

  unitOf(tag, config) {
    const address = parseAddress(tag.address);
    return `unit ${"mistake" in address ? config.unit : (address.unit ?? config.unit)}`;
  },

  typeOf(text) {
    const address = parseAddress(text);
    if ("mistake" in address) return undefined;
    return isBitTable(address.table) || address.bit !== undefined ? "BOOLEAN" : undefined;
  },

  mistakeOf(tag, config) {
    const place = placeTag(tag, config);
    return "mistake" in place ? place.mistake : undefined;
  },

  createChannel(devices, { clock, log }) {
    const first = devices[0]?.config;
    if (first === undefined) return [];
    const connection = new ModbusConnection({ host: first.host, port: first.port }, clock, log);
    return devices.map(({ config }) => new ModbusDriver(config, connection, clock));
  },
};
