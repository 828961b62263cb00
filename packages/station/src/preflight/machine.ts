/** The machine as preflight sees it: files below /proc and /sys, programs that report, disks. Read only.
 *  kernel → [machine] → machine checks */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statfsSync, statSync } from "node:fs";

export interface Machine {
  readonly platform: string;
  /** Undefined where there is none, or where it may not be read. */
  readText(path: string): string | undefined;
  /** What a program printed; undefined where it is missing, may not, or failed. */
  run(program: string, args: readonly string[]): string | undefined;
  freeBytes(folder: string): number | undefined;
  /** Sum over the files of a folder; 0 where there is none. */
  usedBytes(folder: string): number;
  filesOf(folder: string): readonly FileFacts[];
}

export interface FileFacts {
  readonly path: string;
  readonly mode: number;
}

const PROGRAM_MS = 5000;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

export const thisMachine: Machine = {
  platform: process.platform,
  readText: (path) => quietly(() => readFileSync(path, "utf8")),
  run: (program, args) =>
    quietly(() =>
      execFileSync(program, [...args], {
        encoding: "utf8",
        timeout: PROGRAM_MS,
        maxBuffer: MOST_OUTPUT_BYTES,
        stdio: ["ignore", "pipe", "ignore"],
        // Service managers leave sbin out.
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
      }),
    ),
  freeBytes: (folder) =>
    quietly(() => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    }),
  usedBytes: (folder) => factsOf(folder).reduce((sum, { size }) => sum + size, 0),
  filesOf: factsOf,
};

function factsOf(folder: string): (FileFacts & { readonly size: number })[] {
  const entries = quietly(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    if (!entry.isFile()) return [];
    const path = `${folder}/${entry.name}`;
    const stats = quietly(() => statSync(path));
    return stats === undefined ? [] : [{ path, mode: stats.mode & 0o777, size: stats.size }];
  });
}

function quietly<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
