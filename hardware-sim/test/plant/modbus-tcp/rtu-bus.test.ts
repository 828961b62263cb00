import { once } from "node:events";
import { connect } from "node:net";
import { systemClock } from "@nonreturn/station";
import modbusSerial from "modbus-serial";
import { describe, expect, onTestFinished, test } from "vitest";
import { checksum, firstRequest } from "../../../src/plant/modbus-tcp/rtu-request.ts";
import { startPlant } from "../../../src/plant/start-plant.ts";
import { plantSection } from "../../../src/scenario/check-plant.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("RTU requests", () => {
  test("the checksum of the specification's example", () => {
    expect(checksum(hex("02 07"))).toBe(0x1241); // MODBUS over Serial Line V1.02, appendix B
  });

  test.each([
    ["01 03 006B 0003 7417", "01 03 006B 0003 7417"],
    ["01 03 006B 0003 7417 01", "01 03 006B 0003 7417"],
    ["01 03 006B 0003", "incomplete"],
    ["01", "incomplete"],
    ["01 03 006B 0003 7418", "none"],
    ["01 2B 0E01 00", "none"],
    ["01 10 0001 0002 04 000A 0102", "incomplete"],
  ])("%s begins with: %s", (bytes, wanted) => {
    const found = firstRequest(hex(bytes));
    expect(typeof found === "string" ? found : found.toString("hex")).toBe(
      wanted.includes(" ") ? hex(wanted).toString("hex") : wanted,
    );
  });
});

describe("a simulated device on a serial line", () => {
  async function start(): Promise<{ host: string; port: number }> {
    const units = [
      { unit: 1, unmapped: "echo", illegal: ["hr:50"] },
      { unit: 2, unmapped: "echo" },
    ];
    const settings = plantSection.parse({ devices: [{ name: "bus", framing: "rtu", units }] });
    const plant = await startPlant(settings, { seed: 1, clock: systemClock, folder: "/nonexistent" });
    onTestFinished(() => plant.close());
    return plant.addressOf("bus");
  }

  test("answers modbus-serial's RTU over TCP, and who is not there is silent", async () => {
    const { host, port } = await start();
    const client = new modbusSerial.default();
    await client.connectTelnet(host, { port });
    onTestFinished(() => new Promise<void>((closed) => client.close(() => closed())));
    client.setID(1);
    expect((await client.readHoldingRegisters(300, 3)).data).toEqual([300, 301, 302]);
    client.setID(2);
    expect((await client.readInputRegisters(7, 1)).data).toEqual([7]);
    client.setID(1);
    await expect(client.readHoldingRegisters(50, 1)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(client.writeRegister(0, 1)).rejects.toMatchObject({ modbusCode: 1 });
    client.setID(9);
    client.setTimeout(200);
    await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({ errno: "ETIMEDOUT" });
  });

  test("finds a request behind noise, and does not answer a spoilt one", async () => {
    const { host, port } = await start();
    const socket = connect(port, host);
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("hex");
    });
    socket.write(hex("00 FF 01 03 006B 0003 7418 01 03 006B 0003 7417"));
    await expect.poll(() => received, { timeout: 30_000 }).toMatch(/^010306006b006c006d....$/);
  });
});
