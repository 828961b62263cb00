import { SymbolSlab } from "@nonreturn/wire-format";
import fc from "fast-check";
import { expect, it } from "vitest";
import { OpenBlocks } from "../../src/assemble/open-blocks.ts";

it("finds what was added and not removed, and knows who is longest idle, like a plain ordered map", () => {
  const step = fc.record({
    what: fc.constantFrom("touch", "remove", "evict"),
    stream: fc.constantFrom(1, 2),
    epoch: fc.constantFrom(7, 8),
    sequence: fc.integer({ min: 1, max: 5 }),
    k: fc.constantFrom(1, 2),
    blockBytes: fc.constantFrom(20, 30),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const blocks = new OpenBlocks();
      const model = new Map<string, number>();
      for (const [number, { what, stream, epoch, sequence, k, blockBytes }] of steps.entries()) {
        const key = [stream, epoch, sequence, k, blockBytes].join();
        let open = blocks.find(stream, epoch, sequence, k, blockBytes);
        expect(open?.repairs).toBe(model.get(key));
        if (what === "evict") {
          open = blocks.longestIdle;
          if (open !== undefined) {
            expect(open.repairs).toBe([...model.values()][0]);
            blocks.remove(open);
            model.delete([...model.keys()][0]!);
          }
        } else if (what === "remove") {
          if (open !== undefined) blocks.remove(open);
          model.delete(key);
        } else {
          if (open === undefined)
            open = blocks.add({ stream, sealingEpoch: epoch, sequence, blockBytes, slab: new SymbolSlab(k, 32) });
          else blocks.touch(open);
          open.repairs = number; // tells blocks apart
          model.delete(key);
          model.set(key, number);
        }
        expect(blocks.size).toBe(model.size);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});
