/** `nonreturn-ot harden`, `nonreturn-it harden`: what makes the machine as silent as the station is.
 *  station configuration → link site → [harden command] → files or standard output */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { makeFolder } from "../files/make-folder.ts";
import { writeFileDurably } from "../files/write-durably.ts";
import { StationError } from "../station-error.ts";
import { hardenFiles } from "./harden-files.ts";
import type { LinkSite } from "./link-site.ts";

export interface HardenSurroundings {
  readonly print: (line: string) => void;
  /** @throws {StationError} CONFIG_… */
  readonly siteOf: (configFile: string) => LinkSite;
}

/** Add the `harden` command to a program. It changes nothing of the machine. Its action throws StationError. */
export function addHardenCommand(program: Command, { print, siteOf }: HardenSurroundings): void {
  program
    .command("harden")
    .description("print the packet filter and the kernel settings for this end of the link; changes nothing by itself")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--out <folder>", "write the files there instead")
    .action(({ config, out }: { config: string; out?: string }) => {
      const files = hardenFiles(siteOf(config));
      if (out === undefined) {
        for (const { name, text } of files) print(`# ---- ${name}\n${text}`);
        return;
      }
      const folder = resolve(out);
      makeFolder(folder, 0o777);
      try {
        for (const { name, text, mode } of files) writeFileDurably(join(folder, name), text, { mode });
      } catch (error) {
        throw new StationError(
          {
            code: "FOLDER_WRITE",
            what: `the files cannot be written (${error instanceof Error ? error.message : String(error)})`,
            where: folder,
            action: "Name a folder that this user may write.",
          },
          { cause: error },
        );
      }
      for (const { name } of files) print(join(folder, name));
    });
}
