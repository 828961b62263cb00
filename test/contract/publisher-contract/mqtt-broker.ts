/** A real broker in this process, and a client of its own that sees everything.
 *  MQTT publisher → [broker] → subscriber */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Aedes } from "aedes";
import { connectAsync, type IPublishPacket } from "mqtt";
import { onTestFinished } from "vitest";

export interface TestBroker {
  readonly url: string;
  readonly aedes: Aedes;
  /** Cut every connection as a power failure of the broker would. */
  cut(): void;
}

/** Listens on a free port of 127.0.0.1 until the test ends. */
export async function startBroker(): Promise<TestBroker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    cut();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, aedes, cut };
}

export interface Seen {
  readonly topic: string;
  readonly payload: string;
  readonly packet: IPublishPacket;
}

export interface Subscriber {
  readonly seen: readonly Seen[];
  payloads(topic: string): string[];
  /** Resolves when everything the broker held at this moment has arrived here. */
  caughtUp(): Promise<void>;
}

const MARKER = "marker/of/the/subscriber";

/** Subscribes to every topic, those beginning with $ included as far as a wildcard reaches. */
export async function subscribeAll(url: string): Promise<Subscriber> {
  const client = await connectAsync(url, { clientId: "subscriber", reconnectPeriod: 0 });
  onTestFinished(async () => void (await client.endAsync(true)));
  const seen: Seen[] = [];
  const markers = new Map<string, () => void>();
  let number = 0;
  client.on("message", (topic, payload, packet) => {
    if (topic === MARKER) markers.get(payload.toString())?.();
    else seen.push({ topic, payload: payload.toString(), packet });
  });
  await client.subscribeAsync(["#", "$SYS/#"], { qos: 1 });
  return {
    seen,
    payloads: (topic) =>
      seen.filter((message) => message.topic === topic && !topic.startsWith("$SYS")).map(({ payload }) => payload),
    // The broker delivers to one subscriber in order: what was confirmed before the marker arrives before it.
    async caughtUp() {
      const marker = String(number++);
      const arrived = new Promise<void>((resolve) => markers.set(marker, resolve));
      await client.publishAsync(MARKER, marker, { qos: 1 });
      await arrived;
    },
  };
}
