/** The hand-written column codec against the schema itself: protobufjs with reflection, and the generated static module. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { encodeBatch } from "../../src/batch/encode-batch.ts";
import { nonreturn } from "../../src/batch/gen/batch.js";
import { exampleBatches } from "./example-batches.ts";

const schemaFile = new URL("../../src/batch/batch.proto", import.meta.url);
const { root } = protobuf.parse(readFileSync(schemaFile, "utf8"), { keepCase: false });
const MESSAGES = [
  "SampleBatch",
  "EventBatch",
  "DirectoryBatch",
  "LossBatch",
  "HeartbeatBatch",
  "StatusBatch",
  "SampleBatch",
];
const plainOf = (index: number): Uint8Array => encodeBatch(exampleBatches()[index]!);

describe("batch.proto", () => {
  it("describes the columns of a data batch as they are on the wire", () => {
    const message = root.lookupType("nonreturn.wire.SampleBatch");
    const fields = message.toObject(message.decode(plainOf(0)), { longs: String, bytes: String });
    expect(fields).toMatchObject({
      directoryRevision: 3,
      runRows: [18, 1, 1, 1],
      runTimestampDeltas: ["1795420800123456", "100000", "0", "-100001"],
      tagIdDeltas: [1, ...new Array<number>(13).fill(1), 286, 1, 1, 4_294_966_993, 300, 300, 300],
      statusRows: [1, 13, 1, 6],
      statusCodes: [0x800a0000, 0, 0x40900000, 0],
      values: {
        codes: Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 11, 0x11, 0x21, 0x32, 5, 0x12, 5, 5]).toString(
          "base64",
        ),
        integers: [-1234, 234, 234, 2341],
        wideIntegers: ["1099511627777", "12345678925"],
        doubles: [1 / 3],
        signedLongs: ["-9223372036854775808"],
        unsignedLongs: ["18446744073709551615"],
        stringBytes: [Buffer.byteLength("Kessel 3 – 温度 🔥")],
        strings: Buffer.from("Kessel 3 – 温度 🔥").toString("base64"),
        blobBytes: [4],
        blobs: Buffer.from("deadbeef", "hex").toString("base64"),
        arrayElements: [3, 3, 0],
        elements: { integers: [15, 2, -25], stringBytes: [1, 0, 2], strings: Buffer.from("aß").toString("base64") },
      },
    });
    const floats = (fields.values as { floats: number[] }).floats;
    expect(floats.map((value) => (Number.isNaN(value) ? "NaN" : value))).toEqual([
      Math.fround(1 / 3),
      -0,
      "NaN",
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it.each(
    MESSAGES.map((name, index) => [name, index] as const),
  )("as reflection, %s (kind %i + 1) reads and writes the same bytes", (name, index) => {
    const message = root.lookupType(`nonreturn.wire.${name}`);
    const plain = plainOf(index);
    const decoded = message.decode(plain);
    expect(message.encode(decoded).finish().length).toBe(plain.length);
    expect(Buffer.from(message.encode(decoded).finish()).equals(plain)).toBe(true);
  });

  it.each(
    MESSAGES.map((name, index) => [name, index] as const),
  )("as static module, %s (kind %i + 1) reads and writes the same bytes", (name, index) => {
    const message = nonreturn.wire[name as "SampleBatch"];
    const plain = plainOf(index);
    expect(Buffer.from(message.encode(message.decode(plain)).finish()).equals(plain)).toBe(true);
  });

  it("is what the committed static module was generated from", () => {
    const folder = temporaryFolder();
    const script = fileURLToPath(new URL("../../generate-proto.sh", import.meta.url));
    execFileSync("sh", [script, folder]);
    for (const file of ["batch.js", "batch.d.ts"]) {
      const committed = readFileSync(new URL(`../../src/batch/gen/${file}`, import.meta.url), "utf8");
      expect(readFileSync(join(folder, file), "utf8") === committed, `${file}: run generate-proto.sh`).toBe(true);
    }
  });

  it("runs where code generation from strings is forbidden", () => {
    const script = `import { encodeBatch, decodeBatch } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
      const batch = { kind: "loss", records: [] };
      if (decodeBatch(4, encodeBatch(batch)).kind !== "loss") throw new Error("no loss batch");
      let forbidden = false;
      try { new Function("return 1")(); } catch { forbidden = true; }
      process.stdout.write(forbidden ? "runs" : "allowed");`;
    const output = execFileSync(process.execPath, [
      "--disallow-code-generation-from-strings",
      "--input-type=module",
      "-e",
      script,
    ]);
    expect(output.toString()).toBe("runs");
  });
});
