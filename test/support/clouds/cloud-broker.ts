/** A TLS broker that asks of its clients what a cloud's broker asks, and cuts off who does otherwise.
 *  MQTT publisher with a preset → [cloud broker] → test */
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { Aedes, type Client, type ConnectPacket, type PublishPacket } from "aedes";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

/** What is wrong, in words; undefined if nothing is. */
export type Verdict = string | undefined;

export interface CloudRules {
  readonly tls: TlsOptions;
  handshake(socket: TLSSocket): Verdict;
  /** @param end  to be called when the broker is to close the connection. */
  connect(packet: ConnectPacket, socket: TLSSocket, end: () => void): Verdict;
  publish(packet: PublishPacket, clientId: string): Verdict;
}

export interface TakenPublication {
  readonly topic: string;
  readonly payload: string;
}

export interface CloudBroker {
  readonly port: number;
  /** What clients did that the service does not allow; each cost them the connection. */
  readonly violations: string[];
  /** One per accepted CONNECT, in order. */
  readonly connects: ConnectPacket[];
  readonly taken: TakenPublication[];
  /** Connections that the broker closed by `end`. */
  readonly ended: number;
  /** No new connections, and the old ones cut. */
  close(): Promise<void>;
}

const at = (name: string): string => new URL(`./certificates/${name}`, import.meta.url).pathname;
export const CLOUD_CA = at("ca.pem");

/** The device's certificate and key as configuration keys; the key as private as it must be. */
export function deviceFiles(): { readonly certificateFile: string; readonly keyFile: string } {
  const keyFile = join(temporaryFolder(), "device-key.pem");
  writeFileSync(keyFile, readFileSync(at("device-key.pem")), { mode: 0o600 });
  return { certificateFile: at("device.pem"), keyFile };
}

/** Listens on a free port of 127.0.0.1 until the test ends. */
export async function startCloudBroker(rules: CloudRules): Promise<CloudBroker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<TLSSocket>();
  const socketOf = new WeakMap<Client, TLSSocket>();
  const violations: string[] = [];
  const connects: ConnectPacket[] = [];
  const taken: TakenPublication[] = [];
  let ended = 0;
  const refused = (verdict: string): Error => {
    violations.push(verdict);
    return new Error(verdict);
  };
  aedes.preConnect = (client, packet, done) => {
    const socket = client.conn as unknown as TLSSocket;
    socketOf.set(client, socket);
    const verdict = rules.connect(packet, socket, () => {
      if (socket.destroyed) return; // it left by itself
      ended++;
      socket.destroy();
    });
    if (verdict !== undefined) return done(refused(verdict), false);
    connects.push(packet);
    done(null, true);
  };
  aedes.authorizePublish = (client, packet, done) => {
    const verdict = client === null ? undefined : rules.publish(packet, client.id);
    if (verdict !== undefined) return done(refused(verdict));
    taken.push({ topic: packet.topic, payload: packet.payload.toString() });
    done(null);
  };
  const server = createServer(
    { cert: readFileSync(at("server.pem")), key: readFileSync(at("server-key.pem")), ...rules.tls },
    (socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
      const verdict = rules.handshake(socket);
      if (verdict === undefined) aedes.handle(socket);
      else {
        violations.push(verdict);
        socket.destroy();
      }
    },
  );
  server.on("tlsClientError", (error) => violations.push(error.message));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= (async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    })();
    return closed;
  };
  onTestFinished(close);
  return {
    port,
    violations,
    connects,
    taken,
    get ended() {
      return ended;
    },
    close,
  };
}
