import type { Port } from "@nonreturn/station";
import { describe, expect, it } from "vitest";
import { columnsOf } from "../../../../test/support/station-keys.ts";
import type { FromJournal, ToJournal } from "../../src/journal/journal-port.ts";
import { JournalSink } from "../../src/journal/journal-sink.ts";

function start(maximumInFlight: number) {
  const posted: ToJournal[] = [];
  const port: Port<ToJournal, FromJournal> = {
    post: (message, transfer) =>
      void posted.push(structuredClone(message, { transfer: [...(transfer ?? [])] as ArrayBuffer[] })),
    onMessage: () => undefined,
    close: () => undefined,
  };
  const sink = new JournalSink(port, maximumInFlight);
  const scan = { channel: "a", complete: true };
  const summary = () =>
    posted.map((message) => {
      if (message.type === "columns") return message.columns.count;
      if (message.type === "loss") return message.records.map(({ reason, sampleCount }) => `${reason} ${sampleCount}`);
      return message.type;
    });
  return { sink, scan, summary };
}

describe("journal sink", () => {
  it("posts while the journal keeps up, by transfer", () => {
    const { sink, scan, summary } = start(100);
    const columns = columnsOf(40);
    sink.accept(columns, scan);
    expect(columns.tagIds.byteLength).toBe(0); // moved, not copied
    sink.accept(columnsOf(60), scan);
    expect(summary()).toEqual([40, 60]);
    expect(sink.inFlight).toBe(100);
  });

  it("drops into a loss record beyond the bound, and says so before what comes next", () => {
    const { sink, scan, summary } = start(100);
    sink.accept(columnsOf(90), scan);
    sink.accept(columnsOf(20), scan);
    sink.accept(columnsOf(30), scan);
    expect(sink.dropped).toBe(50);
    expect(summary()).toEqual([90]);
    sink.settled(30);
    expect(summary()).toEqual([90]);
    sink.accept(columnsOf(10), scan);
    expect(summary()).toEqual([90, ["journal-slow 50"], 10]);
  });

  it("says what was dropped once there is room, also if nothing more is reported", () => {
    const { sink, scan, summary } = start(100);
    sink.accept(columnsOf(90), scan);
    sink.accept(columnsOf(20), scan);
    sink.settled(90);
    expect(summary()).toEqual([90, ["journal-slow 20"]]);
    expect(sink.inFlight).toBe(0);
  });

  it("takes a scan larger than the bound when nothing is on its way, and says everything on demand", () => {
    const { sink, scan, summary } = start(100);
    sink.accept(columnsOf(500), scan);
    sink.accept(columnsOf(1), scan);
    sink.flush();
    sink.flush();
    expect(summary()).toEqual([500, ["journal-slow 1"]]);
  });
});
