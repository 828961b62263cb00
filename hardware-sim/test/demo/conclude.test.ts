import { ExitCode } from "@nonreturn/station";
import { describe, expect, it } from "vitest";
import { conclude } from "../../src/demo/conclude.ts";

const WHOLE = {
  reported: 100,
  lostBeforeJournal: 1,
  inGaps: 9,
  published: { mqtt: 90, sql: 90 },
  unaccounted: { mqtt: 0, sql: 0 },
  events: {
    reported: 12,
    lostBeforeJournal: 1,
    inGaps: 2,
    received: 9,
    published: { mqtt: 9, sql: 9 },
    unaccounted: { received: 0, mqtt: 0, sql: 0 },
  },
};
const LINK = { datagramsDropped: 7, blocksHealed: 2 };

describe("end of the demonstration", () => {
  it("is a success when every sample and event is published or named", () => {
    const { text, code } = conclude(WHOLE, LINK);
    expect(code).toBe(ExitCode.ok);
    expect(text).toContain(
      "100 samples were reported: 90 published to MQTT, 90 to SQL, 9 in named gaps, 1 in loss records.",
    );
    expect(text).toContain(
      "12 alarm events were reported: 9 arrived, 9 published to MQTT, 9 to SQL, 2 in named gaps, 1 in loss records.",
    );
    expect(text).toContain(
      "Every reported sample and event is accounted for. 7 datagrams were lost on the way; 2 blocks were healed.",
    );
  });

  it.each([
    [{ mqtt: 1, sql: 0 }],
    [{ mqtt: 0, sql: 1 }],
    [{ mqtt: 0, sql: -1 }], // one twice
  ])("is a failure when %o are not accounted for", (unaccounted) => {
    const { text, code } = conclude({ ...WHOLE, unaccounted }, LINK);
    expect(code).toBe(ExitCode.failure);
    expect(text).toContain(`NOT ACCOUNTED FOR: ${unaccounted.mqtt} samples at MQTT, ${unaccounted.sql} in SQL;`);
  });

  it.each([
    [{ received: 1, mqtt: 0, sql: 0 }],
    [{ received: 0, mqtt: 1, sql: 0 }],
    [{ received: 0, mqtt: 0, sql: 1 }],
    [{ received: -1, mqtt: 0, sql: 0 }],
  ])("is a failure when %o alarm events are not accounted for", (unaccounted) => {
    const { text, code } = conclude({ ...WHOLE, events: { ...WHOLE.events, unaccounted } }, LINK);
    expect(code).toBe(ExitCode.failure);
    expect(text).toContain(
      `; ${unaccounted.received} events at the IT station, ${unaccounted.mqtt} at MQTT, ${unaccounted.sql} in SQL.`,
    );
  });
});
