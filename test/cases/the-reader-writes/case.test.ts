import { type AddressInfo, createServer, type Socket } from "node:net";
import { faultSection } from "@nonreturn/hardware-sim";
import { expect, onTestFinished, test } from "vitest";
import { modbusReader, type WantedTag } from "../../support/modbus-reader.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const TAGS: readonly WantedTag[] = [
  { address: "hr:0", dataType: "UINT16" },
  { address: "hr:500", dataType: "FLOAT64" },
  { address: "ir:7", dataType: "STRING", options: { length: 12 } },
  { address: "co:1", dataType: "BOOLEAN" },
  { address: "di:1000", dataType: "BOOLEAN" },
  { address: "hr:9.4", dataType: "BOOLEAN" },
];

test("through scans, exceptions, time-outs, garbage and reconnects, the device counts not one write", async () => {
  const plant = await simulatedPlant([{ name: "plc", units: [{ unmapped: "echo", illegal: ["hr:500"] }] }]);
  const reader = modbusReader(plant.addressOf("plc"), { timeout: "50ms", busyDelay: "5ms" }, TAGS);
  await reader.connect();
  const faults = [
    { kind: "exception", exception: "illegal-function" },
    { kind: "exception", exception: "busy" },
    { kind: "silent" },
    { kind: "garbage", keep: 6 },
    { kind: "reset", after: 3 },
  ];
  for (const fault of faults) {
    const end = await plant.beginFault("plc", faultSection.parse(fault));
    await reader.read().catch(() => undefined);
    end();
    await reader.driver.close();
    await reader.connect();
    await reader.read();
  }
  const { requests, writesRefused, exceptions } = plant.statistics().devices[0]!;
  expect(requests).toBeGreaterThan(20);
  expect(writesRefused).toBe(0);
  expect(exceptions[1] ?? 0).toBeGreaterThan(0); // the scripted ones: the device did refuse functions, none of them a write
});

test("on the wire there are function codes 1 to 4 and nothing else", async () => {
  const seen = new Set<number>();
  const sockets = new Set<Socket>();
  // A device of its own that takes every frame apart, since the simulator's server sees only what modbus-serial lets through.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let held = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= 6 && held.length >= 6 + held.readUInt16BE(4)) {
        const frame = held.subarray(0, 6 + held.readUInt16BE(4));
        held = held.subarray(frame.length);
        seen.add(frame[7]!);
        socket.write(Buffer.from([frame[0]!, frame[1]!, 0, 0, 0, 3, frame[6]!, frame[7]! | 0x80, 4]));
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const reader = modbusReader({ host: "127.0.0.1", port: (server.address() as AddressInfo).port }, {}, TAGS);
  await reader.connect();
  for (let n = 0; n < 3; n++) await reader.read();
  expect([...seen].sort()).toEqual([1, 2, 3, 4]);
});
