import { StatusCode } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Packet, pack, replyBytesOf, writeMultiple } from "../../../src/drivers/ethernet-ip/packet.ts";
import { planTags } from "../../../src/drivers/ethernet-ip/plan.ts";
import { configOf, tagsAt } from "./ethernet-ip-fixture.ts";

function planOf(capacity: number, ...tags: readonly string[]) {
  return planTags(tagsAt(...tags), configOf(), () => ({ capacity, services: "many" }));
}

describe("plan", () => {
  test("elements of one array and bits of one integer are read together, whatever case they are written in", () => {
    const plan = planOf(
      3998,
      "Echo[3] INT32",
      "echo[5] INT32",
      "ECHO[5].2 BOOLEAN",
      "Status.0 BOOLEAN",
      "status.7 BOOLEAN",
    );
    expect(plan.requests).toEqual([
      "Multiple Service Packet of 2 reads: Echo[3] … [5] (3 elements, 3 tags); Status (2 tags)",
    ]);
  });

  test("a gap that costs more than a request of its own is not read", () => {
    expect(planOf(3998, "A[0] INT32", "A[8] INT32").reads.active).toHaveLength(1);
    expect(planOf(3998, "A[0] INT32", "A[20] INT32").reads.active).toHaveLength(2);
  });

  test("members of elements, elements of other rows, and text are reads of their own", () => {
    expect(planOf(3998, "M[0].A INT32", "M[1].A INT32").reads.active).toHaveLength(2);
    expect(planOf(3998, "G[0,1] INT32", "G[0,2] INT32", "G[1,1] INT32").reads.active).toHaveLength(2);
    expect(planOf(3998, "S[0] STRING", "S[1] STRING").reads.active).toHaveLength(2);
  });

  test("a read is never longer than 400 bytes unless a tag is", () => {
    const tags = Array.from({ length: 1000 }, (_, index) => `Echo[${index}] INT32`);
    const { reads } = planOf(3998, ...tags);
    expect(reads.active.map(({ elements }) => elements)).toEqual(Array.from({ length: 10 }, () => 100));
    expect(planOf(3998, "Echo{2000} INT32").reads.active).toMatchObject([{ elements: 2000 }]);
  });

  test("a mistake is refused with what to write, and keeps its place at the end", () => {
    const plan = planOf(3998, "Bad..Name INT16", "Good INT16");
    expect(plan.tagIds).toEqual([2, 1]);
    expect(plan.refused).toEqual([
      {
        tagId: 1,
        path: "t/1",
        statusCode: StatusCode.BadConfigurationError,
        reason: expect.stringContaining('"Bad..Name" is no tag name; write it like'),
      },
    ]);
  });
});

describe("packing", () => {
  const requestBytes = ({ reads }: Packet) => writeMultiple(reads).length;
  const replyBytes = ({ reads }: Packet) => reads.reduce((sum, read) => sum + 2 + (replyBytesOf(read) ?? 0), 6);

  test("no packet is larger than the connection, in either direction, and none could be one read fuller", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 200 })), { maxLength: 200 }),
        fc.integer({ min: 200, max: 4000 }),
        (shapes, capacity) => {
          const tags = shapes.map(([length, count], index) => `${"N".repeat(length)}${index}{${count}} INT32`);
          const { reads } = planOf(capacity, ...tags);
          const packets = pack(reads.active, capacity, "many");
          expect(packets.flatMap((packet) => packet.reads).sort(byName)).toEqual([...reads.active].sort(byName));
          const shared = packets.filter((packet) => packet.reads.length > 1);
          for (const packet of shared) {
            expect(requestBytes(packet)).toBeLessThanOrEqual(capacity);
            expect(replyBytes(packet)).toBeLessThanOrEqual(capacity);
          }
          for (const [index, packet] of shared.slice(0, -1).entries()) {
            const fuller = { reads: [...packet.reads, shared[index + 1]!.reads[0]!] };
            expect(Math.max(requestBytes(fuller), replyBytes(fuller))).toBeGreaterThan(capacity);
          }
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });

  test("one to a request where the controller knows no packets", () => {
    const { reads } = planOf(500, "A INT32", "B INT32", "C INT32");
    expect(pack(reads.active, 500, "one")).toHaveLength(3);
    expect(pack(reads.active, 500, "many")).toHaveLength(1);
  });

  function byName(a: { readonly name: string }, b: { readonly name: string }): number {
    return a.name < b.name ? -1 : 1;
  }
});
