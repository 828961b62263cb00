/** One real IT station, paired with keys the test holds, and its status.
 *  keys → [IT process] → nonreturn-it run, control socket */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { controlRequest } from "@nonreturn/station";
import { encodePairing, newStationKeys, pairingOf, type SealingKeys, sealingKeysOf } from "@nonreturn/wire-format";
import { stringify } from "yaml";
import { type ChildProgram, startProgram } from "../child-program.ts";
import { freeUdpPort } from "../free-port.ts";
import { seededBytes } from "../station-keys.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const LAUNCHER = fileURLToPath(new URL("../../../packages/it-receiver/src/main.ts", import.meta.url));

export interface ItStatus {
  readonly rssBytes: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly alarms: readonly string[];
}

export interface ItPlace {
  readonly keys: SealingKeys;
  readonly config: string;
  readonly dataFolder: string;
  readonly storeFile: string;
  readonly port: number;
  /** `nonreturn-it` with these arguments and the configuration, in the Node that runs the tests. */
  run(args: readonly string[], prefix?: readonly string[]): ChildProgram;
  /** Running and listening. */
  start(prefix?: readonly string[]): Promise<ChildProgram>;
  status(): Promise<ItStatus>;
}

/** Files of one station, not started. @param dataFolder  within the test's folder if left out. */
export async function itPlace(seed: number, dataFolder?: string): Promise<ItPlace> {
  const folder = temporaryFolder();
  const stationKeys = newStationKeys(seededBytes(seed), 1);
  const port = await freeUdpPort();
  const data = dataFolder ?? join(folder, "data");
  const keysFolder = join(folder, "keys");
  mkdirSync(keysFolder, { mode: 0o700 });
  writeFileSync(join(keysFolder, "pairing.json"), encodePairing(pairingOf(stationKeys)), { mode: 0o600 });
  const config = join(folder, "it.yaml");
  writeFileSync(
    config,
    stringify({
      station: { name: "hostile-it", dataFolder: data, mode: "lab" },
      link: { listen: `127.0.0.1:${port}`, receiveBuffer: "4MiB" },
      keys: { folder: keysFolder },
      publishers: [{ type: "historian", name: "sql" }],
    }),
  );
  const run = (args: readonly string[], prefix: readonly string[] = []): ChildProgram => {
    const [command = process.execPath, ...rest] = [...prefix, process.execPath, LAUNCHER, ...args, "--config", config];
    return startProgram(rest, { command });
  };
  return {
    keys: sealingKeysOf(stationKeys),
    config,
    dataFolder: data,
    storeFile: join(data, "store.db"),
    port,
    run,
    async start(prefix) {
      const program = run(["run"], prefix);
      await program.seen(/"event":"running"/);
      return program;
    },
    status: async () => (await controlRequest(join(data, "control.sock"), "GET", "/status")) as ItStatus,
  };
}
