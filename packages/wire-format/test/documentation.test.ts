/** docs/wire-format.md against the code it describes: schema, header offsets, value codes, bounds, error codes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BATCH_LIMITS } from "../src/batch/batch.ts";
import {
  AAD_BYTES,
  type BlockHeader,
  CIPHERTEXT_OFFSET,
  encodeHeader,
  HEADER_BYTES,
} from "../src/block/block-header.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const page = read("../../../docs/wire-format.md");

/** Cells of the table rows of one chapter. */
function rowsOf(chapter: string): string[][] {
  const text = page.split(`\n## ${chapter}\n`)[1]!.split("\n## ")[0]!;
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("|---"));
  return rows.map((line) =>
    line
      .slice(2, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

describe("docs/wire-format.md", () => {
  it("holds batch.proto word for word", () => {
    expect(page).toContain(`\`\`\`proto\n${read("../src/batch/batch.proto").trimEnd()}\n\`\`\``);
  });

  it("lists every error code once, and no other", () => {
    const source = read("../src/wire-error.ts");
    const inCode = [...source.matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map((match) => match[1]);
    const inPage = rowsOf("Error codes")
      .slice(1)
      .map(([code]) => code!.replaceAll("`", ""));
    expect(inCode.length).toBeGreaterThan(20);
    expect([...inPage].sort()).toEqual([...inCode].sort());
  });

  it("gives the offsets at which the header's fields are written", () => {
    // Every field has a value of its own in every byte, so that a field at another place shows.
    const header: BlockHeader = {
      suite: 1,
      codec: 0,
      batchKind: 3,
      stream: 0x0405,
      generation: 0x0607,
      site: new Uint8Array(8).fill(8),
      journalEpoch: 0x10101010,
      sealingEpoch: 0x20202020,
      sequence: 0x00_18_18_18_18_18_18_18 % 2 ** 53,
      previousHash: new Uint8Array(32).fill(32),
      sealedAt: 64,
      firstTimestamp: 72,
      lastTimestamp: 80,
      sampleCount: 88,
      plainBytes: 92,
      salt: new Uint8Array(32).fill(96),
      ciphertextHash: new Uint8Array(32).fill(128),
    };
    const bytes = encodeHeader(header);
    const view = new DataView(bytes.buffer);
    const expected: Record<string, number | Uint8Array> = {
      suite: header.suite,
      codec: header.codec,
      "batch kind": header.batchKind,
      reserved: 0,
      stream: header.stream,
      "key generation": header.generation,
      site: header.site,
      "journal epoch": header.journalEpoch,
      "sealing epoch": header.sealingEpoch,
      sequence: header.sequence,
      "previous block hash": header.previousHash,
      "sealed at": header.sealedAt,
      "first source timestamp": header.firstTimestamp,
      "last source timestamp": header.lastTimestamp,
      "sample count": header.sampleCount,
      "plain length": header.plainBytes,
      salt: header.salt,
      "ciphertext hash": header.ciphertextHash,
    };
    const rows = rowsOf("Sealed block").slice(1);
    let next = 0;
    for (const [offsetText, sizeText, field] of rows.slice(0, 18)) {
      const offset = Number(offsetText);
      const size = Number(sizeText);
      expect(offset).toBe(next);
      next = offset + size;
      const value = expected[field!];
      if (value instanceof Uint8Array) expect(bytes.slice(offset, next)).toEqual(value);
      else {
        const read =
          size === 8
            ? Number(view.getBigUint64(offset))
            : size === 4
              ? view.getUint32(offset)
              : size === 2
                ? view.getUint16(offset)
                : bytes[offset];
        expect([field, read]).toEqual([field, value]);
      }
    }
    expect(next).toBe(HEADER_BYTES);
    expect(rows.slice(18).map(([offset]) => offset)).toEqual([
      String(HEADER_BYTES),
      String(CIPHERTEXT_OFFSET),
      `${CIPHERTEXT_OFFSET} + c`,
    ]);
    expect(rows[17]![0]).toBe(String(AAD_BYTES));
  });

  it("states the bounds that are checked", () => {
    const stated = rowsOf("Batch").filter(([what]) =>
      /^(plain batch|rows of|one string|elements of|events of|tags of|loss records|devices)/.test(what!),
    );
    const numbers = stated.flatMap(([, bound]) =>
      bound === "4 MiB" ? [4 * 1024 * 1024] : bound!.split(";").map((part) => Number(part.replaceAll(",", ""))),
    );
    const {
      plainBytes,
      samples,
      stringBytes,
      arrayElements,
      events,
      directoryTags,
      lossRecords,
      lossTags,
      devices,
      figures,
    } = BATCH_LIMITS;
    expect(numbers).toEqual([
      plainBytes,
      samples,
      stringBytes,
      arrayElements,
      events,
      directoryTags,
      lossRecords,
      lossTags,
      devices,
      figures,
    ]);
  });
});
