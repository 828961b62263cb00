import { mkdirSync } from "node:fs";
import { onTestFinished } from "vitest";
import { historianConfig } from "../../../packages/it-receiver/src/publishers/historian/config.ts";
import { historianFactory } from "../../../packages/it-receiver/src/publishers/historian/index.ts";
import { openHistoryReader } from "../../../packages/it-receiver/src/publishers/historian/read-history.ts";
import { historianPath } from "../../../packages/it-receiver/src/publishers/historian/schema.ts";
import { openHistoryTables } from "../../../packages/it-receiver/src/sql/history-tables.ts";
import { surroundings } from "../../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { describePublisher } from "./publisher-contract.ts";

describePublisher(
  "historian",
  async () => {
    const make = (dataFolder: string) => {
      const publisher = historianFactory.create(
        historianConfig.parse({ type: "historian" }),
        surroundings("historian", { dataFolder }),
      );
      onTestFinished(() => publisher.close());
      return publisher;
    };
    const folder = temporaryFolder();
    return {
      publisher: make(folder),
      progressFile: historianPath(folder),
      async held(path) {
        const reader = openHistoryReader(folder);
        try {
          return [...reader.readHistory({ path })];
        } finally {
          reader.close();
        }
      },
      shown: (value) => value,
      repeats: "exactly once",
      // Longer than a block can carry it, so a chunk cannot either.
      poison: { value: "x".repeat(70_000), reason: /65536|string/i },
      events: {
        async held(path) {
          const reader = openHistoryReader(folder);
          try {
            const query = { path, from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10_000 };
            return reader.readAlarms(query).map(({ event, historical }) => ({ ...event, historical }));
          } finally {
            reader.close();
          }
        },
        async active(path) {
          const tables = openHistoryTables(folder);
          try {
            return tables.database
              .prepare("SELECT condition FROM active_alarms WHERE path = ?")
              .pluck()
              .all(path) as string[];
          } finally {
            tables.close();
          }
        },
      },
      async breakFarSide() {
        const other = temporaryFolder();
        mkdirSync(historianPath(other)); // a folder where the file should be
        return make(other);
      },
    };
  },
  "alarm events",
);
