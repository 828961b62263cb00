/** The version of this software, as announced to the IT side and printed by --version. */
import packageFile from "../package.json" with { type: "json" };

export const version: string = packageFile.version;
