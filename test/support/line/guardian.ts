/** Ends the programs of a line if the test's own process dies without having done so.
 *  line → [guardian] → programs, by their own process ids */
import { spawn } from "node:child_process";

export interface Guardian {
  watch(pid: number): void;
  /** The programs have ended in order; the guardian goes too. */
  dismiss(): void;
}

/** Reads process ids until the pipe ends, which it does with whoever holds the other end. A number given to another program since is left alone. */
const SCRIPT = `
pids=
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do
  if tr '\\0' ' ' < /proc/$pid/cmdline | grep -qF "$1"; then kill -9 $pid; fi
done`;

/** @param folder  that every program names in its arguments. */
export function startGuardian(folder: string): Guardian {
  // In a process group of its own: what interrupts the test at the terminal must not interrupt this.
  const child = spawn("sh", ["-c", SCRIPT, "guardian", folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.stdin.on("error", () => undefined);
  child.unref();
  return {
    watch: (pid) => void child.stdin.write(`${pid}\n`),
    dismiss: () => void child.stdin.end(),
  };
}
