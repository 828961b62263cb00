/** Which folder a `keys` command works in: the one given, the configuration's, or one named `keys` here, and then it says so.
 *  command line → [keys folder] → keys command */
import { resolve } from "node:path";
import { type Command, Option } from "commander";

export interface KeysFolderSurroundings {
  readonly print: (line: string) => void;
  /** Used where neither --config nor --keys is given. */
  readonly keysFolder: string;
  /** The folder that a station's configuration names. Throws StationError. */
  readonly keysFolderOf: (configFile: string) => string;
}

/** Give a command the options --config and --keys. Its action finds the folder as `keys` among its options. */
export function withKeysFolder(command: Command, { print, keysFolder, keysFolderOf }: KeysFolderSurroundings): Command {
  return command
    .option("--config <file>", "configuration of this station: names the keys folder")
    .addOption(new Option("--keys <folder>", "folder of this station's keys").default(keysFolder).conflicts("config"))
    .hook("preAction", () => {
      const { config } = command.opts<{ config?: string }>();
      if (config !== undefined) command.setOptionValue("keys", keysFolderOf(config));
      else if (command.getOptionValueSource("keys") === "default")
        print(`Neither --config nor --keys is given: the keys folder is ${resolve(keysFolder)}`);
    });
}
