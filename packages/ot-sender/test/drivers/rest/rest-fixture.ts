/** An HTTP server that answers what a test says, byte by byte where it wants, and drivers that read it. */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type TlsOptions } from "node:tls";
import { createLog, type HostPort } from "@nonreturn/station";
import type { DataType } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import type { PollingDriver, RawReading, TagAddress } from "../../../src/drivers/driver.ts";
import { rest } from "../../../src/drivers/rest/index.ts";

export const never = new AbortController().signal;

export interface ScriptedServer {
  readonly address: HostPort;
  /** Head and body of every request so far. */
  readonly requests: string[];
  open(): number;
  accepted(): number;
  close(): Promise<void>;
}

/** What a socket is told for one request. */
export type Answer = (socket: Socket, request: string, number: number) => void;

export const json = (value: unknown, more: Readonly<Record<string, string>> = {}): Answer =>
  reply(200, typeof value === "string" ? value : JSON.stringify(value), {
    "Content-Type": "application/json",
    ...more,
  });

export function reply(
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ "Content-Length": String(bytes.length), ...headers }).map(
    ([k, v]) => `${k}: ${v}\r\n`,
  );
  return (socket) => socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join("")}\r\n`), bytes]));
}

/** @param answer  called for each whole request, with its number from 0. */
export async function startScripted(answer: Answer, tls?: TlsOptions): Promise<ScriptedServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const take = (socket: Socket): void => {
    accepted++;
    sockets.add(socket);
    let received = "";
    socket.setNoDelay();
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      for (;;) {
        const head = received.indexOf("\r\n\r\n");
        if (head < 0) return;
        const length = Number(/^content-length: (\d+)/im.exec(received)?.[1] ?? 0);
        if (received.length < head + 4 + length) return;
        const request = received.slice(0, head + 4 + length);
        received = received.slice(request.length);
        requests.push(request);
        answer(socket, request, requests.length - 1);
      }
    });
  };
  const server: Server = tls === undefined ? createServer(take) : createSecureServer(tls, take);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= new Promise((closed) => {
      server.close(() => closed());
      for (const socket of sockets) socket.destroy();
    });
    return closing;
  };
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    requests,
    open: () => sockets.size,
    accepted: () => accepted,
    close,
  };
}

export function driverFor(
  address: HostPort,
  options: Readonly<Record<string, unknown>> = {},
  timezone = "UTC",
): PollingDriver {
  const config = z.strictObject(rest.deviceShape).parse({ ...address, timeout: "2s", ...options });
  const [driver] = rest.createChannel([{ device: "test", config: config as never, timezone }], {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
  });
  return driver as PollingDriver;
}

let tagIds = 0;
export function tag(address: string, dataType: DataType = "FLOAT64", options: TagAddress["options"] = {}): TagAddress {
  const tagId = ++tagIds;
  return { tagId, path: `test/${tagId}`, address, dataType, options };
}

/** Starts a server, reads the tags once, ends both. */
export async function readOnce(
  answer: Answer,
  tags: readonly TagAddress[],
  options: Readonly<Record<string, unknown>> = {},
  timezone = "UTC",
): Promise<readonly RawReading[]> {
  const server = await startScripted(answer);
  const driver = driverFor(server.address, options, timezone);
  onTestFinished(async () => {
    await driver.close();
    await server.close();
  });
  const plan = driver.plan(tags);
  await driver.connect(never);
  const readings = await driver.readRaw!(plan, never);
  const byId = new Map(readings.map((reading) => [reading.sample.tagId, reading]));
  return tags.map(({ tagId }) => byId.get(tagId)!);
}
