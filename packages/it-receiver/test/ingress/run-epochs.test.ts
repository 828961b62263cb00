import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RUN_EPOCH_FILE, readRunEpochs, writeRunEpochs } from "../../src/ingress/run-epochs.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "run-epochs-"));
  file = join(folder, RUN_EPOCH_FILE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what was written is read, and nothing before the first writing", () => {
  expect(readRunEpochs(file)).toEqual(new Map());
  const epochs = new Map([
    [1, 29_736_000],
    [65_535, 0xffff_ffff],
  ]);
  writeRunEpochs(file, epochs);
  expect(readRunEpochs(file)).toEqual(epochs);
});

test.each([
  ["cut off", '{"format":"nonreturn-run-epochs/1","gener'],
  ["no object", "null"],
  ["a list", "[]"],
  ["of another format", '{"format":"nonreturn-run-epochs/2","generations":{}}'],
  ["without generations", '{"format":"nonreturn-run-epochs/1"}'],
  ["with something more", '{"format":"nonreturn-run-epochs/1","generations":{},"more":1}'],
  ["a generation that is no number", '{"format":"nonreturn-run-epochs/1","generations":{"one":1}}'],
  ["an epoch as text", '{"format":"nonreturn-run-epochs/1","generations":{"1":"1"}}'],
  ["an epoch with a fraction", '{"format":"nonreturn-run-epochs/1","generations":{"1":1.5}}'],
  ["an epoch below 0", '{"format":"nonreturn-run-epochs/1","generations":{"1":-1}}'],
  ["an epoch above 32 bits", '{"format":"nonreturn-run-epochs/1","generations":{"1":4294967296}}'],
])("a file that is %s keeps the station from starting", (_, text) => {
  writeFileSync(file, text);
  expect(() => readRunEpochs(file)).toThrow(expect.objectContaining({ code: "EPOCH_FILE" }));
});
