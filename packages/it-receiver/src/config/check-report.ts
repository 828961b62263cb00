/** `nonreturn-it check`: what a configuration means, without opening the link.
 *  IT station config → [check report] → lines for a person */
import { writeByteSize, writeDuration, writeHostPort } from "@nonreturn/station";
import type { ItStationConfig } from "./it-station-config.ts";

export function checkReport({ station, dataFolder, keysFolder, link, store, publishers }: ItStationConfig): string[] {
  return [
    `station   ${station.name} (${station.mode}), data in ${dataFolder}, keys in ${keysFolder}`,
    `link      stream ${link.stream} at ${writeHostPort(link.listen)}, receive buffer ${writeByteSize(link.receiveBufferBytes)}, silent after ${writeDuration(link.silentAfterMs)}`,
    `store     ${writeDuration(store.retentionMs)} or ${writeByteSize(store.maximumBytes)}, whichever is less`,
    ...publishers.map(({ name, type, startFrom }) => `publisher ${name} (${type}), from ${startFrom}`),
    ...(publishers.length === 0 ? ["publisher none: samples are stored, and go nowhere"] : []),
  ];
}
