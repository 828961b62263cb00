import fc from "fast-check";
import { expect, test } from "vitest";
import { hostPort, parseHostPort, writeHostPort } from "../../src/index.ts";

test.each([
  ["192.0.2.2:47000", { host: "192.0.2.2", port: 47_000 }],
  ["0.0.0.0:0", { host: "0.0.0.0", port: 0 }],
  ["[2001:db8::2]:502", { host: "2001:db8::2", port: 502 }],
  ["plc-7.plant:502", { host: "plc-7.plant", port: 502 }],
  ["localhost:65535", { host: "localhost", port: 65_535 }],
])("%s", (text, address) => {
  expect(hostPort.parse(text)).toEqual(address);
  expect(writeHostPort(address)).toBe(text);
});

test.each([
  ["192.0.2.2", '"192.0.2.2" has no port; write "192.0.2.2:47000" with the port you want'],
  ["192.0.2.2:65536", "port 65536 does not exist; write one from 0 to 65535"],
  ["2001:db8::2:502", '"2001:db8::2:502" is not host:port; write an IPv6 address in brackets: "[2001:db8::2]:47000"'],
  ["192.0.2.300:502", '"192.0.2.300:502" is not host:port; write it like "192.0.2.2:47000"'],
  ["[192.0.2.2]:502", '"[192.0.2.2]:502" is not host:port; write it like "192.0.2.2:47000"'],
  [":502", '":502" is not host:port; write it like "192.0.2.2:47000"'],
  ["-a:502", '"-a:502" is not host:port; write it like "192.0.2.2:47000"'],
  [502, '502 is not host:port; write it like "192.0.2.2:47000"'],
])("%j is refused: %s", (text, message) => {
  expect(hostPort.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test("every IPv4 and IPv6 address with a port reads back as written", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 65_535 }), (host, port) => {
      expect(parseHostPort(writeHostPort({ host, port }))).toEqual({ host, port });
    }),
    { seed: 3 },
  );
});
