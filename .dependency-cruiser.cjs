// The rules of direction, as far as imports can tell. Run by `npm run check:architecture`; what imports cannot tell (clocks, randomness,
// environment, hidden loading) is checked by test/architecture/check-globals.ts. Each rule has a fixture in
// test/architecture/violations/<rule name>/ that proves it fires.

/** Files that put the parts together; only they may name concrete classes. Each worker thread has its own such place: its entry, or run-<thread>.ts, which a simulation runs without a thread. */
const COMPOSITION = "(^|/)(compose|[^/]+-worker|run-[^/]+)\\.ts$";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    // 1. wire-format is pure.
    {
      name: "wire-format-does-no-io",
      comment: "wire-format computes: no sockets, files, timers, workers. Of Node it may use crypto, zlib and buffer.",
      severity: "error",
      from: { path: "^packages/wire-format/src/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|zlib|buffer)$" },
    },
    {
      name: "wire-format-uses-three-packages",
      comment: "What crosses the link depends on protobufjs, lz4-napi and tweetnacl, and on nothing else.",
      severity: "error",
      from: { path: "^packages/wire-format/src/", pathNot: "/gen/[^/]+\\.d\\.ts$" },
      to: { path: "(^|/)node_modules/", pathNot: "(^|/)node_modules/(protobufjs|lz4-napi|tweetnacl)/" },
    },
    {
      name: "wire-format-knows-nothing-of-ours",
      comment: "A third party could take wire-format and write a receiver.",
      severity: "error",
      from: { path: "^packages/wire-format/src/" },
      to: { path: "^(packages/(?!wire-format/)|hardware-sim/|test/)" },
    },
    // 2. The two stations never meet.
    {
      name: "stations-never-meet",
      comment: "What both need is in wire-format (the link) or station (being a service).",
      severity: "error",
      from: { path: "^packages/(ot-sender|it-receiver)/" },
      to: { path: "^packages/(ot-sender|it-receiver)/", pathNot: "^packages/$1/" },
    },
    {
      name: "products-never-import-the-simulation",
      comment: "hardware-sim stands outside, like a plant does.",
      severity: "error",
      from: { path: "^packages/[^/]+/(src|bin)/" },
      to: { path: "^hardware-sim/" },
    },
    {
      name: "station-knows-nothing-of-ours",
      comment: "The station package serves both sides and knows neither, nor the wire.",
      severity: "error",
      from: { path: "^packages/station/src/" },
      to: { path: "^(packages/(?!station/)|hardware-sim/|test/)" },
    },
    {
      name: "simulation-imports-no-station",
      comment: "hardware-sim talks to the stations as a plant does: by Modbus, UDP and as processes.",
      severity: "error",
      from: { path: "^hardware-sim/src/" },
      to: { path: "^packages/(ot-sender|it-receiver)/" },
    },
    // 3. A driver or publisher knows its contract and itself.
    {
      name: "driver-knows-only-its-contract",
      comment:
        "driver.ts (and driver-config.ts, the keys every device has; block-list.ts, block-layout.ts, gather-neighbours.ts, sample-rows.ts, plan-reading.ts, hex-words.ts and refusal.ts, what drivers that poll in blocks share; JSON, times, logins and TLS, what drivers of web devices share), tag/, wire-format, station (clock, log, errors, config types) and its own folder.",
      severity: "error",
      from: { path: "^packages/ot-sender/src/drivers/([^/]+)/" },
      to: {
        path: "^(packages/|hardware-sim/|test/)",
        pathNot:
          "^packages/(ot-sender/src/drivers/($1/|(driver|driver-config|block-layout|block-list|gather-neighbours|sample-rows|plan-reading|hex-words|refusal|fit-value|integer-range|json-document|json-pointer|json-time|local-time|login|place-tags|reading-ended|secure-stream|tcp-socket)\\.ts$)|ot-sender/src/tag/|wire-format/|station/)",
      },
    },
    {
      name: "publisher-knows-only-its-contract",
      comment:
        "publisher.ts, publisher-config.ts, progress.ts (whoever keeps its own cursor), the forms of values and secrets every publisher shares, tag/, the lane of record/store.ts, wire-format, station and its own folder.",
      severity: "error",
      from: { path: "^packages/it-receiver/src/publishers/([^/]+)/" },
      to: {
        path: "^(packages/|hardware-sim/|test/)",
        pathNot:
          "^packages/(it-receiver/src/publishers/($1/|(publisher|publisher-config|client-config|entry-rows|quarantine-table|progress|sqlite-progress|iso-micros|value-text|password|percent-escape|http-client|retry-after|sample-cells|interval-figures|read-intervals|mark-gaps|sample-json)\\.ts$)|it-receiver/src/tag/|it-receiver/src/record/store\\.ts$|wire-format/|station/)",
      },
    },
    {
      name: "plugins-are-entered-by-index",
      comment:
        "Outside its folder a driver or publisher is known by its index.ts, to registry.ts and compose.ts (and to the tests).",
      severity: "error",
      from: {
        path: "^packages/(ot-sender|it-receiver)/src/",
        pathNot: "^packages/(ot-sender/src/drivers|it-receiver/src/publishers)/[^/]+/",
      },
      to: {
        path: "^packages/(ot-sender/src/drivers|it-receiver/src/publishers)/[^/]+/",
        pathNot: "/(index|config)\\.ts$",
      },
    },
    {
      name: "only-registries-name-plugins",
      comment:
        "The list of drivers and publishers is in one file each; what publishers accept as configuration has its own, so that neither loads the other. sql/ is the historian's own reader and may enter it by index.ts.",
      severity: "error",
      from: {
        path: "^packages/(ot-sender|it-receiver)/src/",
        pathNot:
          "^packages/(ot-sender/src/drivers|it-receiver/src/publishers)/([^/]+/|(registry|known-configs)\\.ts$)|^packages/it-receiver/src/sql/|(^|/)compose\\.ts$",
      },
      to: { path: "^packages/(ot-sender/src/drivers|it-receiver/src/publishers)/[^/]+/(index|config)\\.ts$" },
    },
    // 4. The crossing is audited in two files.
    {
      name: "datagrams-in-two-files",
      comment: "node:dgram is used by egress/udp-sink.ts and ingress/udp-source.ts; in the simulation by its diode.",
      severity: "error",
      from: {
        path: "^(packages|hardware-sim/src)/",
        pathNot:
          "^packages/(ot-sender/src/egress/udp-sink|it-receiver/src/ingress/udp-source)\\.ts$|^hardware-sim/src/diode/|^packages/[^/]+/test/",
      },
      to: { path: "^(node:)?dgram$" },
    },
    {
      name: "native-calls-beside-the-crossing",
      comment:
        "koffi calls the C library from egress/native-send.ts and ingress/native-receive.ts only; which functions is checked by check-globals.ts.",
      severity: "error",
      from: {
        path: "^(packages|hardware-sim/src)/",
        pathNot:
          "^packages/(ot-sender/src/egress/native-send|it-receiver/src/ingress/native-receive)\\.ts$|^packages/[^/]+/test/",
      },
      to: { path: "(^|/)node_modules/koffi/|^koffi$" },
    },
    {
      name: "native-sockets-belong-to-the-crossing",
      comment: "Native sockets are used by the two audited files; the worker entries load the calls for them.",
      severity: "error",
      from: {
        path: "^packages/[^/]+/src/",
        pathNot:
          "^packages/(ot-sender/src/egress/(udp-sink|link-worker)|it-receiver/src/ingress/(udp-source|intake-worker))\\.ts$",
      },
      to: {
        path: "^packages/(ot-sender/src/egress/native-send|it-receiver/src/ingress/native-receive)\\.ts$",
      },
    },
    {
      name: "no-other-socket-on-the-line",
      comment: "From journal to record no other kind of socket exists: nothing could carry an answer back.",
      severity: "error",
      from: {
        // The audited files may look at addresses (isIPv6).
        pathNot: "/(udp-sink|udp-source|native-send|native-receive)\\.ts$",
        path: "^packages/(ot-sender/src/(report|batch|journal|egress|announce|replay)|it-receiver/src/(ingress|assemble|open|record))/",
      },
      to: { path: "^(node:)?(net|tls|http|https|http2|dns|dns/promises|child_process|cluster)$" },
    },
    // 5. One place puts the parts together; no cycles; packages are entered by the front door.
    {
      name: "only-compose-names-concrete-classes",
      comment:
        "sqlite-*.ts and udp-*.ts are concrete: named by compose.ts, by the worker entries, and by what is concrete itself (their like, drivers, publishers).",
      severity: "error",
      from: {
        path: "^packages/(ot-sender|it-receiver)/src/",
        pathNot: `${COMPOSITION}|(^|/)(sqlite|udp)-[^/]+\\.ts$|^packages/(ot-sender/src/drivers|it-receiver/src/publishers)/[^/]+/`,
      },
      to: {
        path: "^packages/(ot-sender|it-receiver)/src/.*/(sqlite|udp)-[^/]+\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "no-cycles",
      comment: "The picture is a straight line.",
      severity: "error",
      from: { path: "^(packages|hardware-sim/src)/" },
      to: { circular: true },
    },
    {
      name: "no-deep-imports",
      comment: "Another package is known by what its index.ts exports.",
      severity: "error",
      from: { path: "^(packages/[^/]+|hardware-sim)/(src|bin)/" },
      to: {
        path: "^(packages/[^/]+|hardware-sim)/",
        pathNot:
          "^$1/|^(packages/[^/]+|hardware-sim)/src/index\\.ts$|^packages/station/(src/thread\\.ts|bin/launch\\.js)$",
      },
    },
    {
      name: "source-imports-no-tests",
      comment: "What ships does not depend on what checks it.",
      severity: "error",
      from: { path: "^(packages/[^/]+|hardware-sim)/(src|bin)/" },
      to: { path: "(^|/)test/" },
    },
    {
      name: "everything-resolves",
      comment: "An import that leads nowhere cannot be checked.",
      severity: "error",
      from: { path: "^(packages/[^/]+|hardware-sim)/(src|bin)/" },
      to: { couldNotResolve: true },
    },
    {
      name: "thread-door-is-light",
      comment:
        "Every worker thread loads its own copy of what station/src/thread.ts reaches: none of the heavy packages.",
      severity: "error",
      from: { path: "^packages/station/src/thread\\.ts$" },
      to: { path: "(^|/)node_modules/(zod|yaml|commander|prom-client)/|^(node:)?https?$", reachable: true },
    },
    // 6. Time comes in from outside (the rest of this rule is in check-globals.ts).
    {
      name: "timers-come-from-the-clock",
      comment: "Take a Clock; the modules below would go past it.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: "^packages/station/src/clock\\.ts$" },
      to: { path: "^(node:)?(timers|timers/promises|perf_hooks)$" },
    },
  ],
  options: {
    doNotFollow: { path: "(^|/)node_modules/" },
    // Type-only imports count: a driver that knows another driver's types knows the driver.
    tsPreCompilationDeps: true,
    moduleSystems: ["es6", "cjs"],
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["node", "import", "types", "default"],
      extensions: [".ts", ".d.ts", ".js", ".cjs", ".mjs"],
    },
  },
};
