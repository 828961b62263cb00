/** The protocols a simulated device can speak. A new one is entered here, and by its section in plant-section.ts and its faults in fault-section.ts.
 *  plant/<protocol>/index.ts → [protocols] → check plant, startPlant */
import { type Fault, isFrontFault, type ServerFault } from "../scenario/fault-section.ts";
import type { DeviceSettings } from "../scenario/plant-section.ts";
import { ethernetIp } from "./ethernet-ip/index.ts";
import { modbusTcp } from "./modbus-tcp/index.ts";
import { mqtt } from "./mqtt/index.ts";
import { opcua } from "./opcua/index.ts";
import { rest } from "./rest/index.ts";
import { s7 } from "./s7/index.ts";
import type { Protocol } from "./simulated-device.ts";

type AnyProtocol = Protocol<DeviceSettings, ServerFault>;

const PROTOCOLS: ReadonlyMap<string, AnyProtocol> = new Map(
  [
    modbusTcp as AnyProtocol,
    s7 as AnyProtocol,
    ethernetIp as AnyProtocol,
    opcua as AnyProtocol,
    rest as AnyProtocol,
    mqtt as AnyProtocol,
  ].map((protocol) => [protocol.name, protocol]),
);

/** @throws RangeError  a device section without its protocol; the schema knows no such device. */
export function protocolOf(device: DeviceSettings): AnyProtocol {
  const name = device.protocol ?? modbusTcp.name;
  const protocol = PROTOCOLS.get(name);
  if (protocol === undefined) throw new RangeError(`the simulator lacks ${name}`);
  return protocol;
}

/** What is wrong with a fault that another protocol's devices suffer. */
export function foreignFault(device: DeviceSettings, fault: Fault): string | undefined {
  const { name, faultKinds } = protocolOf(device);
  return isFrontFault(fault) || faultKinds.includes(fault.kind)
    ? undefined
    : `"${device.name}" speaks ${name} and knows no ${fault.kind}; write one of ${faultKinds.join(", ")}, or a fault of the connection`;
}
