/** Replaces a file so that after a power cut either the old or the new content is there, whole.
 *  epoch store, key files, cursors, schemas → [write durably] → disk */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface WriteOptions {
  /** Permission bits; 0600 for whatever is secret. */
  readonly mode: number;
}

/**
 * Write beside the target, fsync, rename over it, fsync the folder. Returns once all of it is on disk.
 * Writers in several processes replace each other's whole files, never mix; within a process each path has one writer.
 *
 * @throws the file system's own errors (ENOENT, EACCES, ENOSPC …); the target is then unchanged.
 */
export function writeFileDurably(path: string, bytes: Uint8Array | string, options: WriteOptions): void {
  const temporary = `${path}.${process.pid}.new`;
  rmSync(temporary, { force: true }); // left by a process of this id that died half-way
  try {
    const file = openSync(temporary, "wx", options.mode);
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  fsyncFolder(dirname(path));
}

/** Make the entries of a folder (a created, renamed or removed file) survive a power cut. */
function fsyncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
