import { mkdirSync } from "node:fs";
import { createLog, systemClock } from "@nonreturn/station";
import { onTestFinished } from "vitest";
import { historianConfig } from "../../../packages/it-receiver/src/publishers/historian/config.ts";
import { historianFactory } from "../../../packages/it-receiver/src/publishers/historian/index.ts";
import { openHistoryReader } from "../../../packages/it-receiver/src/publishers/historian/read-history.ts";
import { historianPath } from "../../../packages/it-receiver/src/publishers/historian/schema.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { describePublisher } from "./publisher-contract.ts";

describePublisher("historian", async () => {
  const make = (dataFolder: string) => {
    const publisher = historianFactory.create(historianConfig.parse({ type: "historian" }), {
      clock: systemClock,
      log: createLog({ name: "test", level: "silent" }),
      publisher: "historian",
      dataFolder,
      openHistory: () => undefined,
    });
    onTestFinished(() => publisher.close());
    return publisher;
  };
  const folder = temporaryFolder();
  return {
    publisher: make(folder),
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
    async breakFarSide() {
      const other = temporaryFolder();
      mkdirSync(historianPath(other)); // a folder where the file should be
      return make(other);
    },
  };
});
