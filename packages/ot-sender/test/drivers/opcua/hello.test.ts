import { type AddressInfo, createServer, type Socket } from "node:net";
import { createLog, systemClock } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { expect, onTestFinished, test } from "vitest";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { askHello, helloOf, judgeAnswer } from "../../../src/drivers/opcua/hello.ts";
import { opcua } from "../../../src/drivers/opcua/index.ts";
import { configFor, driverFor, pollingDriver, startServer, tag } from "./opcua-fixture.ts";

const never = new AbortController().signal;
const ACKNOWLEDGE = Buffer.from("41434b461c00000000000000ffff0000ffff00000000000000000000", "hex");
// BadTcpEndpointUrlInvalid, "no"
const REFUSAL = Buffer.from("455252461200000000008380020000006e6f", "hex");

test("Hello is laid out as Part 6 §7.1.2.3 says", () => {
  expect(helloOf("opc.tcp://a:1/").toString("hex")).toBe(
    "48454c462e000000" + // HELF, 46 bytes
      "00000000" + // protocol version
      "0000010000000100" + // receive and send buffer
      "0000000000000000" + // no limit of messages and chunks
      "0e0000006f70632e7463703a2f2f613a312f",
  );
});

test("an acknowledgement is one when it is whole, a refusal says why, anything else is no OPC UA server", () => {
  for (let length = 0; length < ACKNOWLEDGE.length; length++)
    expect(judgeAnswer(ACKNOWLEDGE.subarray(0, length))).toBe("incomplete");
  expect(judgeAnswer(ACKNOWLEDGE)).toBe("acknowledged");
  expect(judgeAnswer(REFUSAL.subarray(0, -1))).toBe("incomplete");
  expect(judgeAnswer(REFUSAL)).toEqual({ failure: "the server refused Hello: 0x80830000 no" });
  const huge = Buffer.from(REFUSAL);
  huge.writeUInt32LE(0xffff_ffff, 4);
  for (const strange of [huge, Buffer.from("HTTP/1.1 400"), Buffer.alloc(28)])
    expect(judgeAnswer(strange)).toEqual({ failure: "what answers is no OPC UA server" });
});

async function listen(onConnection: (socket: Socket) => void) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.resume(); // or the end is never seen
    socket.on("close", () => open.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const settings = { host: "127.0.0.1", port, endpointUrl: "opc.tcp://a:1/", timeoutMs: 20_000 };
  return { open, settings };
}

test.each([
  ["ends the connection", (socket: Socket) => socket.end(), /closed the connection/],
  ["resets it", (socket: Socket) => socket.resetAndDestroy(), /ECONNRESET|closed the connection/],
  ["answers garbage", (socket: Socket) => socket.write(Buffer.alloc(100_000, 7)), /no OPC UA server/],
  ["refuses", (socket: Socket) => socket.write(REFUSAL), /0x80830000/],
])("a server that %s is told apart, and nothing is left open", async (_, answer, reason) => {
  const { open, settings } = await listen((socket) => socket.once("data", () => answer(socket)));
  await expect(askHello(settings, systemClock, never)).rejects.toThrow(reason);
  await expect.poll(() => open.size).toBe(0);
});

test("a server that says nothing, or a byte at a time, is given up after the time-out or when told to", async () => {
  const { open, settings } = await listen((socket) => socket.write("A"));
  await expect(askHello({ ...settings, timeoutMs: 50 }, systemClock, never)).rejects.toThrow("within 50 ms");
  const stop = new AbortController();
  const asked = askHello(settings, systemClock, stop.signal);
  stop.abort();
  await expect(asked).rejects.toThrow("given up");
  await expect.poll(() => open.size).toBe(0);
});

test("after a failed attempt a driver asks by Hello alone, and reads again once the server is back", async () => {
  const hellos: number[] = [];
  const { settings } = await listen((socket) =>
    socket.once("data", (bytes) => {
      hellos.push(bytes.length);
      socket.end();
    }),
  );
  const gone = pollingDriver({ host: settings.host, port: settings.port });
  for (let attempt = 0; attempt < 3; attempt++)
    await expect(gone.connect(never)).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  await expect.poll(() => hellos.length).toBe(3);
  await expect(gone.connect(never)).rejects.toThrow("instead of answering Hello"); // and not what node-opcua says

  const first = await startServer();
  const { port } = first.address;
  await first.close();
  const driver = pollingDriver({ host: "127.0.0.1", port });
  for (let attempt = 0; attempt < 2; attempt++) await expect(driver.connect(never)).rejects.toThrow("ECONNREFUSED");
  await startServer({ listen: `127.0.0.1:${port}` });
  await driver.connect(never);
  const samples = await readSamples(driver, driver.plan([tag(1, "nsu=urn:plant:line;s=Line.Speed", "FLOAT64")]), never);
  expect(samples).toMatchObject([{ value: 12.5, statusCode: StatusCode.Good }]);
});

test("a session asks for chunks of the same size: the library makes a buffer of it for every request", async () => {
  const hellos: Buffer[] = [];
  const { settings } = await listen((socket) => socket.once("data", (bytes) => hellos.push(bytes) && socket.end()));
  const { host, port } = settings;
  await expect(driverFor({ host, port }).connect(never)).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  const [hello = Buffer.alloc(20)] = hellos;
  expect(hello.toString("latin1", 0, 4)).toBe("HELF");
  expect([hello.readUInt32LE(12), hello.readUInt32LE(16)]).toEqual([65_536, 65_536]);
});

test("the library sees no fault in what server and session agree on: it would say so at every connect", async () => {
  const lines: string[] = [];
  const log = createLog({ name: "test", level: "warn", destination: { write: (line) => void lines.push(line) } });
  const server = await startServer();
  const surroundings = { clock: systemClock, log };
  const [driver] = opcua.createChannel(
    [{ device: "test", config: configFor(server.address), timezone: "UTC" }],
    surroundings,
  );
  onTestFinished(() => driver!.close());
  await driver!.connect(never);
  expect(lines.filter((line) => line.includes("maxChunkCount"))).toEqual([]);
});
