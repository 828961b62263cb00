/** Modbus TCP, RTU over TCP and RTU on a serial line.
 *  registry → [modbus] → driver of each device */
import { writeHostPort } from "@nonreturn/station";
import type { DriverFactory } from "../driver.ts";
import { isBitTable, parseAddress } from "./address.ts";
import {
  type ModbusDeviceConfig,
  type ModbusRtuDeviceConfig,
  type ModbusRtuOverTcpDeviceConfig,
  type ModbusTcpDeviceConfig,
  modbusDeviceShape,
  modbusRtuDeviceShape,
  modbusRtuOverTcpDeviceShape,
  modbusTagShape,
} from "./config.ts";
import type { ModbusLine } from "./line.ts";
import { ModbusConnection } from "./modbus-connection.ts";
import { ModbusDriver } from "./modbus-driver.ts";
import { placeTag } from "./place-tag.ts";
import { describeSerial, frameSilenceMs, serialLine } from "./serial-line.ts";
import { tcpLine } from "./tcp-line.ts";

/** One way to carry Modbus: addresses, types and reading are the same for all. */
function modbusBy<Config>(carrier: {
  readonly name: string;
  readonly deviceShape: DriverFactory["deviceShape"];
  channelOf(config: Config): string;
  readonly channelMistakeOf?: (config: Config, first: Config) => string | undefined;
  lineOf(config: Config): ModbusLine;
  requestsOf(config: Config): ModbusDeviceConfig;
}): DriverFactory<Config> {
  const { name, deviceShape, channelOf, channelMistakeOf, lineOf, requestsOf } = carrier;
  return {
    name,
    deviceShape,
    tagShape: modbusTagShape,
    channelOf,
    ...(channelMistakeOf === undefined ? {} : { channelMistakeOf }),

    unitOf(tag, config) {
      const { unit } = requestsOf(config);
      const address = parseAddress(tag.address);
      return `unit ${"mistake" in address ? unit : (address.unit ?? unit)}`;
    },

    typeOf(text) {
      const address = parseAddress(text);
      if ("mistake" in address) return undefined;
      return isBitTable(address.table) || address.bit !== undefined ? "BOOLEAN" : undefined;
    },

    trying: { rawWord: "registers", typeOf: () => "UINT16" },

    mistakeOf(tag, config) {
      const place = placeTag(tag, requestsOf(config));
      return "mistake" in place ? place.mistake : undefined;
    },

    createChannel(devices, { clock, log }) {
      const first = devices[0]?.config;
      if (first === undefined) return [];
      const connection = new ModbusConnection(lineOf(first), clock, log);
      return devices.map(({ config }) => new ModbusDriver(requestsOf(config), connection, clock));
    },
  };
}

interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

const tcpChannel = ({ host, port }: TcpPlace): string => writeHostPort({ host: host.toLowerCase(), port });

export const modbus = modbusBy<ModbusTcpDeviceConfig>({
  name: "modbus",
  deviceShape: modbusDeviceShape,
  channelOf: tcpChannel,
  lineOf: ({ host, port }) => tcpLine({ host, port }, "mbap"),
  requestsOf: (config) => config,
});

export const modbusRtuOverTcp = modbusBy<ModbusRtuOverTcpDeviceConfig>({
  name: "modbus-rtu-tcp",
  deviceShape: modbusRtuOverTcpDeviceShape,
  channelOf: tcpChannel,
  lineOf: ({ host, port }) => tcpLine({ host, port }, "rtu"),
  requestsOf: (config) => ({ ...config, requestsInFlight: 1 }),
});

export const modbusRtu = modbusBy<ModbusRtuDeviceConfig>({
  name: "modbus-rtu",
  deviceShape: modbusRtuDeviceShape,
  channelOf: ({ serialPort }) => serialPort,
  channelMistakeOf(config, first) {
    const wanted = describeSerial(first);
    if (describeSerial(config) === wanted) return undefined;
    return `${config.serialPort} is one line, and cannot have ${describeSerial(config)} and ${wanted} at once; give all its devices the same`;
  },
  lineOf: serialLine,
  requestsOf: (config) => ({
    ...config,
    requestsInFlight: 1,
    requestDelay: config.requestDelay ?? frameSilenceMs(config),
  }),
});
