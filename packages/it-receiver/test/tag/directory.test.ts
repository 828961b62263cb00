import { describe, expect, it } from "vitest";
import { TagDirectory } from "../../src/tag/directory.ts";
import { tag } from "../publishers/support/samples.ts";

const part = (revision: number, index: number, parts: number, ...tags: ReturnType<typeof tag>[]) =>
  ({ kind: "directory", revision, part: index, parts, tags }) as const;

describe("tag directory", () => {
  it("resolves only once every part of a revision is held, in whatever order they come", () => {
    const directory = new TagDirectory();
    expect(directory.add(1, 100, part(1, 2, 3, tag(3)))).toBe("part");
    expect(directory.add(1, 100, part(1, 0, 3, tag(1)))).toBe("part");
    expect(directory.add(1, 100, part(1, 0, 3, tag(1)))).toBe("known");
    expect(directory.resolverFor(1, 100, 1)).toBeUndefined();
    expect(directory.version).toBe(0);
    expect(directory.add(1, 100, part(1, 1, 3, tag(2)))).toBe("completed");
    expect(directory.version).toBe(1);
    const resolve = directory.resolverFor(1, 100, 1);
    expect([1, 2, 3, 4].map((id) => resolve?.(id)?.path)).toEqual([
      "plant/tag-1",
      "plant/tag-2",
      "plant/tag-3",
      undefined,
    ]);
  });

  it("resolves an older block by a newer revision, never a newer block by an older one", () => {
    const directory = new TagDirectory();
    directory.add(1, 100, part(5, 0, 1, tag(1, "renamed")));
    expect(directory.resolverFor(1, 100, 3)?.(1)?.path).toBe("renamed");
    expect(directory.resolverFor(1, 100, 6)).toBeUndefined();
    expect(directory.add(1, 100, part(4, 0, 1, tag(1, "old")))).toBe("known");
    expect(directory.resolverFor(1, 100, 3)?.(1)?.path).toBe("renamed");
  });

  it("keeps name spaces apart: another journal epoch or stream has other tags under the same ids", () => {
    const directory = new TagDirectory();
    directory.add(1, 100, part(1, 0, 1, tag(1, "a")));
    directory.add(1, 200, part(1, 0, 1, tag(1, "b")));
    directory.add(2, 100, part(1, 0, 1, tag(1, "c")));
    expect(
      [
        [1, 100],
        [1, 200],
        [2, 100],
        [2, 200],
      ].map(([stream, epoch]) => directory.resolverFor(stream!, epoch!, 1)?.(1)?.path),
    ).toEqual(["a", "b", "c", undefined]);
  });

  it("keeps the definition object of a tag that did not change, so that publishers see by identity what did", () => {
    const directory = new TagDirectory();
    directory.add(1, 100, part(1, 0, 1, tag(1), tag(2, "x", { rangeHigh: 5 })));
    const before = directory.newest(1, 100)!.tags;
    directory.add(1, 100, part(2, 0, 1, tag(1), tag(2, "x", { rangeHigh: 6 })));
    const after = directory.newest(1, 100)!.tags;
    expect(after.get(1)).toBe(before.get(1));
    expect(after.get(2)).not.toBe(before.get(2));
  });

  it("refuses parts that contradict what is held, and bounds what it collects", () => {
    const directory = new TagDirectory();
    expect(directory.add(1, 100, part(1, 0, 0))).toBe("refused");
    expect(directory.add(1, 100, part(1, 3, 3))).toBe("refused");
    expect(directory.add(1, 100, part(1, 0, 1_000_000))).toBe("refused");
    directory.add(1, 100, part(1, 0, 2, tag(1)));
    expect(directory.add(1, 100, part(1, 1, 3, tag(2)))).toBe("refused");
    // Four revisions are collected at a time: the first is given up for the fifth, and completes only if all of it comes again.
    for (const revision of [2, 3, 4, 5]) directory.add(1, 100, part(revision, 0, 2, tag(1)));
    expect(directory.add(1, 100, part(1, 1, 2, tag(2)))).toBe("known");
    expect(directory.add(1, 100, part(5, 1, 2, tag(2)))).toBe("completed");
  });
});
