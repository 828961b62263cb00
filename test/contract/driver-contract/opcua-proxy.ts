/** Stands before a simulated OPC UA server and counts its connections; with a fault, from the first read of a plant's variable on.
 *  driver under test → [OPC UA proxy] → simulated server
 *  Source: OPC UA Part 6 §6.7.2 (MessageChunk), §5.2.2.9 (NodeId); security None, so that requests can be recognised. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Plant } from "@nonreturn/hardware-sim";
import type { HostPort } from "@nonreturn/station";
import type { ContractDevice, DeviceFault } from "./driver-contract.ts";

/** 12 of the chunk's header, 4 of the security header, 8 of the sequence header. */
const TYPE_ID_AT = 24;
const READ_REQUEST = Buffer.from([0x01, 0x00, 0x77, 0x02]); // four-byte node id, i=631

export async function startOpcuaProxy(
  server: Plant & { readonly address: HostPort },
  fault: DeviceFault | undefined,
): Promise<ContractDevice> {
  const open = new Set<Socket>();
  let isGarbled = false;
  const listener = createServer((near) => {
    open.add(near);
    const far = connect(server.address.port, server.address.host);
    let isMute = false;
    near.on("data", (bytes: Buffer) => {
      const isRead =
        bytes.subarray(TYPE_ID_AT, TYPE_ID_AT + 4).equals(READ_REQUEST) &&
        bytes.includes("Line.", TYPE_ID_AT, "latin1");
      if (isRead && fault === "close") near.end();
      else if (isRead && fault === "reset") near.resetAndDestroy();
      else if (isRead && fault === "silent") isMute = true;
      // Bytes that are no message end an OPC UA connection. A reply that is none of what was asked: other nodes', once.
      else if (isRead && fault === "garbage" && !isGarbled) {
        isGarbled = true;
        const garbled = Buffer.from(bytes);
        for (let at = garbled.indexOf("Line."); at >= 0; at = garbled.indexOf("Line.", at + 1))
          garbled.write("Gone.", at);
        far.write(garbled);
        return;
      }
      if (!near.destroyed) far.write(bytes);
    });
    far.on("data", (bytes: Buffer) => {
      if (!isMute && !near.destroyed) near.write(bytes);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => undefined);
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  return {
    address: { host: "127.0.0.1", port: (listener.address() as AddressInfo).port },
    open: () => open.size,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((closed) => listener.close(closed));
      await server.close();
    },
  };
}
