/** A folder of its own for every test that touches files.
 *  test → [temporary folder] → removed after the test */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Made now, mode 0700, removed when the running test ends, whether it passed or not. Short enough a path for a Unix socket. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
