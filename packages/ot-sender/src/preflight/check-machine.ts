/** Is this machine ready to be an OT station?
 *  OT station config, machine → [check machine] → findings */
import { checkHost, checkSite, type Machine, type Preflight } from "@nonreturn/station";
import type { OtStationConfig } from "../config/ot-station-config.ts";
import { SEND_BUFFER_BYTES } from "../egress/send-buffer.ts";
import { otLinkSite } from "../harden/ot-link-site.ts";

export function checkMachine(config: OtStationConfig, machine: Machine): Preflight {
  const { dataFolder, keysFolder, journal } = config;
  const host = checkHost(
    {
      buffer: { limit: "wmem_max", bytes: SEND_BUFFER_BYTES },
      dataFolder,
      growsTo: { bytes: journal.maximumBytes, key: "journal.maxSize" },
      keysFolder,
    },
    machine,
  );
  return { findings: [...checkSite(() => otLinkSite(config), machine), ...host], accepted: config.acceptedChecks };
}
