/** S7 communication with S7-300, 400, 1200 and 1500, over ISO-on-TCP.
 *  registry → [S7] → driver of each device */
import { writeHostPort } from "@nonreturn/station";
import type { DataType } from "@nonreturn/wire-format";
import type { DriverFactory } from "../driver.ts";
import { localTimeOf } from "../local-time.ts";
import { parseAddress } from "./address.ts";
import { remoteTsapOf, type S7DeviceConfig, s7DeviceShape, s7TagShape } from "./config.ts";
import { placeTag } from "./place-tag.ts";
import { S7Connection } from "./s7-connection.ts";
import { S7Driver } from "./s7-driver.ts";
import { S7_TYPES } from "./s7-type.ts";

export const s7: DriverFactory<S7DeviceConfig> = {
  name: "s7",
  deviceShape: s7DeviceShape,
  tagShape: s7TagShape,

  channelOf(config) {
    const address = writeHostPort({ host: config.host.toLowerCase(), port: config.port });
    return `${address} TSAP ${remoteTsapOf(config).toString(16).padStart(4, "0")}`;
  },

  unitOf: () => "CPU",

  typeOf(text) {
    const address = parseAddress(text);
    if ("mistake" in address) return undefined;
    const { dataType, others } = S7_TYPES[address.type];
    // A byte is a number; whether a word or double word is one with a sign, or a REAL, only the user knows.
    return others.length === 0 || address.type === "BYTE" || isSpeltOut(text) ? dataType : undefined;
  },

  trying: { rawWord: "bytes", typeOf: likelyTypeOf },

  mistakeOf(tag) {
    const place = placeTag(tag, (wallMicros) => wallMicros);
    return "mistake" in place ? place.mistake : undefined;
  },

  createChannel(devices, { clock, log }) {
    const first = devices[0]?.config;
    if (first === undefined) return [];
    const { host, port, localTsap, connectTimeout: connectTimeoutMs, maxPdu, requestsInFlight } = first;
    const connection = new S7Connection(
      {
        address: { host, port },
        localTsap,
        remoteTsap: remoteTsapOf(first),
        connectTimeoutMs,
        maxPdu,
        requestsInFlight,
      },
      clock,
      log,
    );
    return devices.map(({ config, timezone }) => new S7Driver(config, connection, clock, localTimeOf(timezone)));
  },
};

/** DB1,WORD4 names the type WORD; MW4 and DB1.DBW4 name a width. */
function isSpeltOut(text: string): boolean {
  return /WORD/i.test(text);
}

/** Where an address names a width only: what STEP 7 programs keep in it most. */
function likelyTypeOf(text: string): DataType {
  const address = parseAddress(text);
  if ("mistake" in address) return "INT16";
  const likely: Partial<Record<typeof address.type, DataType>> = { WORD: "INT16", DWORD: "FLOAT32", LWORD: "FLOAT64" };
  return likely[address.type] ?? S7_TYPES[address.type].dataType;
}
