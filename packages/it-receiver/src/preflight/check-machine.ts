/** Is this machine ready to be an IT station?
 *  IT station config, machine → [check machine] → findings */
import { checkHost, checkSite, type Machine, type Preflight } from "@nonreturn/station";
import type { ItStationConfig } from "../config/it-station-config.ts";
import { itLinkSite } from "../harden/it-link-site.ts";

export function checkMachine(config: ItStationConfig, machine: Machine): Preflight {
  const { dataFolder, keysFolder, link, store } = config;
  const host = checkHost(
    {
      buffer: { limit: "rmem_max", bytes: link.receiveBufferBytes },
      dataFolder,
      growsTo: { bytes: store.maximumBytes, key: "store.maxSize" },
      keysFolder,
    },
    machine,
  );
  return { findings: [...checkSite(() => itLinkSite(config), machine), ...host], accepted: config.acceptedChecks };
}
