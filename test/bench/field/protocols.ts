/** The four protocols as the benchmark reads them: tags side by side, so that requests can be full.
 *  sections → [protocols] → field case */
import type { FieldProtocol } from "./field-case.ts";

const HOST = "127.0.0.1";
const each = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Source: MODBUS Application Protocol V1.1b3 §6.3. */
const REGISTERS_PER_REQUEST = 125;

export const MODBUS: FieldProtocol = {
  simulated: (tags, signal) => ({ units: [{ registers: [{ at: "hr:0", type: "INT16", count: tags, signal }] }] }),
  read: (tags, port) => ({
    driver: "modbus",
    host: HOST,
    port,
    tags: each(tags, (tag) => ({ path: `value-${tag}`, address: `hr:${tag}`, type: "INT16" })),
  }),
  leastRequests: (tags) => Math.ceil(tags / REGISTERS_PER_REQUEST),
  nodeRed: {
    nodesOf: ({ device, port, tags, scanPeriodMs, next }) => [
      {
        id: device,
        type: "modbus-client",
        name: "", // its own id would be taken for another node
        clienttype: "tcp",
        bufferCommands: true,
        stateLogEnabled: false,
        queueLogEnabled: false,
        failureLogEnabled: false,
        tcpHost: HOST,
        tcpPort: port,
        tcpType: "DEFAULT",
        unit_id: 1,
        commandDelay: 1,
        clientTimeout: 1000,
        reconnectOnTimeout: true,
        reconnectTimeout: 2000,
        parallelUnitIdsAllowed: true,
      },
      ...each(Math.ceil(tags / REGISTERS_PER_REQUEST), (block) => ({
        id: `${device}-${block}`,
        type: "modbus-read",
        name: "",
        topic: `${device} ${block}`,
        unitid: 1,
        dataType: "HoldingRegister",
        adr: block * REGISTERS_PER_REQUEST,
        quantity: Math.min(REGISTERS_PER_REQUEST, tags - block * REGISTERS_PER_REQUEST),
        rate: scanPeriodMs,
        rateUnit: "ms",
        server: device,
        wires: [[next], []],
      })),
    ],
    split: "return [msg.payload.map((payload, at) => ({ topic: msg.topic + '/' + at, payload }))];",
  },
};

/** What an S7-1200 grants. */
const PDU_BYTES = 240;
/** 12 of the reply's header, function, item count, and 4 of the item's own. */
const S7_DATA_BYTES = PDU_BYTES - 14 - 4;

export const S7: FieldProtocol = {
  simulated: (tags, signal) => ({
    protocol: "s7",
    pdu: PDU_BYTES,
    areas: [{ area: "DB1", bytes: tags * 2 }],
    variables: [{ at: "DB1.0", type: "INT", count: tags, signal }],
  }),
  read: (tags, port) => ({
    driver: "s7",
    host: HOST,
    port,
    tags: each(tags, (tag) => ({ path: `value-${tag}`, address: `DB1,INT${tag * 2}` })),
  }),
  leastRequests: (tags) => Math.ceil((tags * 2) / S7_DATA_BYTES),
  nodeRed: {
    nodesOf: ({ device, port, tags, scanPeriodMs, next }) => [
      {
        id: device,
        type: "s7 endpoint",
        name: "", // its own id would be taken for another node
        transport: "iso-on-tcp",
        address: HOST,
        port: String(port),
        rack: "0",
        slot: "1",
        connmode: "rack-slot",
        cycletime: String(scanPeriodMs),
        timeout: "2000",
        verbose: "off",
        vartable: each(tags, (tag) => ({ name: `value-${tag}`, addr: `DB1,INT${tag * 2}` })),
      },
      {
        id: `${device}-in`,
        type: "s7 in",
        name: "",
        endpoint: device,
        mode: "all",
        variable: "",
        diff: false,
        wires: [[next]],
      },
    ],
    split:
      "return [Object.entries(msg.payload).map(([name, payload]) => ({ topic: msg.s7Endpoint + '/' + name, payload }))];",
  },
};

/** Large Forward Open; 2 of them are the sequence count. */
const CIP_BYTES = 4002 - 2;
/** Multiple Service Packet: service, path length, path 20 02 24 01, count. */
const CIP_HEADER_BYTES = 8;

export const ETHERNET_IP: FieldProtocol = {
  simulated: (tags, signal) => ({
    protocol: "ethernet-ip",
    tags: each(tags, (tag) => ({ name: tagName(tag), type: "DINT", signal })),
  }),
  read: (tags, port) => ({
    driver: "ethernet-ip",
    host: HOST,
    port,
    tags: each(tags, (tag) => ({ path: `value-${tag}`, address: tagName(tag), type: "INT32" })),
  }),
  // Offset 2, service, path length, segment 2, the name, elements 2.
  leastRequests: (tags) => Math.ceil((tags * (8 + tagName(0).length)) / (CIP_BYTES - CIP_HEADER_BYTES)),
};

/** Eight characters, as names in a controller have and more. */
function tagName(tag: number): string {
  return `Tag_${String(tag).padStart(4, "0")}`;
}

/** What the simulated server allows. */
const OPCUA_NODES_PER_READ = 10_000;

function opcUa(reading: "polling" | "subscription"): FieldProtocol {
  return {
    simulated: (tags, signal) => ({
      protocol: "opcua",
      variables: each(tags, (tag) => ({ id: tagName(tag), type: "INT16", signal })),
    }),
    read: (tags, port) => ({
      driver: "opcua",
      host: HOST,
      port,
      security: "None",
      pkiFolder: "./pki",
      reading,
      ...(reading === "polling" ? {} : { samplingInterval: "1s", publishingInterval: "1s" }),
      tags: each(tags, (tag) => ({
        path: `value-${tag}`,
        address: `nsu=urn:nonreturn:plant;s=${tagName(tag)}`,
        type: "INT16",
      })),
    }),
    leastRequests: (tags) => (reading === "polling" ? Math.ceil(tags / OPCUA_NODES_PER_READ) : 0),
  };
}

export const OPCUA_POLLED = opcUa("polling");
export const OPCUA_SUBSCRIBED = opcUa("subscription");
