/** A broker that publishes signals by itself, as devices and Sparkplug B edge nodes would; whatever a client publishes is refused.
 *  signals → JSON shapes, edge nodes → [MQTT device] → TCP front → reader */
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { type HeldType, type HeldValue, holdAs } from "../held-value.ts";
import { JsonShape } from "../json-shape.ts";
import { listenOnLoopback } from "../listen-on-loopback.ts";
import { cycleStartMs, type DeviceSurroundings, type SimulatedDevice } from "../simulated-device.ts";
import { EdgeNode, type MetricSource, type NodePublication } from "./edge-node.ts";
import type { MqttFault } from "./mqtt-fault.ts";
import type { MetricSettings, MqttSettings, MqttVariableSettings } from "./mqtt-section.ts";

const LONGEST_TEXT = 4096;

interface Topic {
  readonly topic: string;
  readonly shape: JsonShape | undefined;
  readonly timePlace: number | undefined;
  readonly sources: { readonly place: number; readonly value: () => HeldValue }[];
}

export async function startMqttDevice(
  settings: MqttSettings,
  surroundings: DeviceSurroundings,
): Promise<SimulatedDevice<MqttFault>> {
  const { clock, originMs, truth } = surroundings;
  const originMicros = clock.nowUtcMicros() - (clock.monotonicMs() - originMs) * 1000;
  const exceptions: Record<string, number> = {};
  let faults: readonly MqttFault[] = [];
  let requests = 0;
  let valuesServed = 0;
  let writesRefused = 0;

  /** @param register  for the truth record. */
  function sourceOf(
    { type, signal, scale, name }: Pick<MqttVariableSettings, "type" | "signal" | "scale" | "name">,
    register: string,
  ): () => HeldValue {
    const source = surroundings.signalOf(signal, type as HeldType, `${settings.name}/${register}`, 0);
    return () => {
      const value = holdAs(type, LONGEST_TEXT, source.at(cycleStartMs(surroundings, settings.cycle)), scale);
      valuesServed++;
      truth.count(1);
      if (truth.wanted)
        truth.record({
          device: settings.name,
          time: clock.nowUtcMicros(),
          register,
          name: name ?? register,
          type,
          value,
        });
      return value;
    };
  }

  const topics = [...Map.groupBy(settings.variables, ({ topic }) => topic)].map(([topic, variables]): Topic => {
    const shape = variables[0]!.pointer === undefined ? undefined : new JsonShape();
    const { timestamp } = settings;
    const timePlace = shape === undefined || timestamp === undefined ? undefined : shape.place(timestamp);
    const sources = variables.map((variable) => ({
      place: shape?.place(variable.pointer!) ?? 0,
      value: sourceOf(variable, variable.pointer === undefined ? topic : `${topic}#${variable.pointer}`),
    }));
    return { topic, shape, timePlace, sources };
  });

  const nodes = [...Map.groupBy(settings.metrics, ({ group, node }) => `${group}/${node}`)].map(([, metrics]) => {
    const { group, node } = metrics[0]!;
    return new EdgeNode(group, node, metrics.map(metricSource));
  });

  function metricSource(metric: MetricSettings): MetricSource {
    const { group, node, device, metric: name, type } = metric;
    const place = [group, node, ...(device === undefined ? [] : [device])].join("/");
    return { device, name, type, value: sourceOf(metric, `spBv1.0/${place}!${name}`) };
  }

  const broker = await Aedes.createBroker();
  broker.authenticate = (_client, username, password, done) => {
    const isKnown =
      settings.username === undefined ||
      (username === settings.username && String(password ?? "") === settings.password);
    done(isKnown ? null : Object.assign(new Error("refused"), { returnCode: 5 }), isKnown);
  };
  broker.authorizePublish = (_client, _packet, done) => {
    writesRefused++;
    done(new Error("nobody may publish here"));
  };
  broker.authorizeSubscribe = (_client, subscription, done) => {
    requests++;
    done(null, subscription);
  };

  function publish(topic: string, payload: Buffer, retain: boolean): void {
    const isMute = faults.some((fault) => fault.kind === "mqtt-mute" && topic.startsWith(fault.topics ?? ""));
    if (isMute) exceptions.muted = (exceptions.muted ?? 0) + 1;
    else broker.publish({ cmd: "publish", topic, payload, qos: 1, retain, dup: false }, () => undefined);
  }

  const nowMs = (): number => Math.floor(clock.nowUtcMicros() / 1000);
  const send = ({ topic, payload }: NodePublication): void => publish(topic, payload, false);
  const isDead = (node: string, device?: string): boolean =>
    faults.some(
      (fault) =>
        fault.kind === "sparkplug-death" &&
        fault.node === node &&
        (fault.device === undefined || fault.device === device),
    );

  function publishTopics(): void {
    const cycleMicros = originMicros + cycleStartMs(surroundings, settings.cycle) * 1000;
    for (const { topic, shape, timePlace, sources } of topics) {
      const values: HeldValue[] = [];
      if (timePlace !== undefined) values[timePlace] = new Date(Math.floor(cycleMicros / 1000)).toISOString();
      for (const { place, value } of sources) values[place] = value();
      publish(topic, Buffer.from(shape?.write(values) ?? String(values[0])), settings.retain);
    }
  }

  function bear(node: EdgeNode): void {
    if (isDead(node.name)) return;
    send(node.birth(nowMs()));
    for (const device of node.devices) if (!isDead(node.name, device)) send(node.deviceBirth(device, nowMs()));
  }

  function publishNodes(): void {
    for (const node of nodes) {
      if (isDead(node.name)) continue;
      send(node.data(undefined, nowMs()));
      for (const device of node.devices) if (!isDead(node.name, device)) send(node.data(device, nowMs()));
    }
  }

  const server = createServer(broker.handle);
  const inner = await listenOnLoopback(server, settings.name);
  nodes.forEach(bear);
  publishTopics();
  const cancels = [
    clock.every(settings.publish, () => {
      publishTopics();
      publishNodes();
    }),
    clock.every(settings.birthEvery, () => nodes.forEach(bear)),
  ];

  return {
    inner,
    setFaults(next) {
      const before = nodes.map((node) => ({
        node,
        wasDead: isDead(node.name),
        dead: node.devices.filter((device) => isDead(node.name, device)),
      }));
      faults = next;
      for (const { node, wasDead, dead } of before) {
        if (wasDead !== isDead(node.name)) {
          if (wasDead) bear(node);
          else send(node.death(nowMs()));
          continue;
        }
        for (const device of node.devices) {
          if (dead.includes(device) === isDead(node.name, device)) continue;
          send(dead.includes(device) ? node.deviceBirth(device, nowMs()) : node.deviceDeath(device, nowMs()));
        }
      }
    },
    statistics: () => ({ requests, valuesServed, exceptions: { ...exceptions }, writesRefused, leftUnanswered: 0 }),
    async close() {
      for (const cancel of cancels) cancel();
      await new Promise<void>((closed) => broker.close(closed));
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
