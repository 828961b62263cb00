/** Starts a TypeScript entry point under Node 24, whatever Node runs this file (18 or later). Plain JavaScript for that reason.
 *  nonreturn-ot, nonreturn-it, nonreturn-sim → [launch] → src/main.ts */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import nodeModule, { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const WANTED_MAJOR = 24;

/** Of the installation: whoever may write here may change the program itself. */
const MODULES = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/**
 * Run `main` in this process if its Node is new enough, else in a child under the Node 24 that came with `npm ci`
 * (package node-<platform>-<arch>): same standard streams, signals passed on, same exit code.
 *
 * @param {URL} main  `new URL("../src/main.ts", import.meta.url)`
 * @returns {Promise<void>}
 */
export async function launch(main) {
  keepCompiled();
  if (Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR) {
    await import(main.href);
    return;
  }
  const node = bundledNode(main);
  if (node === undefined) {
    process.stderr.write(
      `error NODE_TOO_OLD: Node ${WANTED_MAJOR} is needed; this is ${process.version} and no ${packageName()} is installed\n` +
        `   at ${process.execPath}\n` +
        `   do Run npm ci (it brings Node ${WANTED_MAJOR} along on Linux), or install Node ${WANTED_MAJOR} or later.\n`,
    );
    process.exit(1);
  }
  runChild(node, main);
}

/**
 * Node takes 10 to 17 MB in every thread to strip types, unless it finds a module as it left it at an earlier start. Written when the
 * program ends; where it cannot be written or read, nothing else changes. Threads go by the environment.
 */
function keepCompiled() {
  if (process.env.NODE_COMPILE_CACHE !== undefined || !existsSync(MODULES)) return;
  process.env.NODE_COMPILE_CACHE = join(MODULES, ".cache", "nonreturn");
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}

function packageName() {
  return `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
}

/** Looked for from the program's own place, as Node looks for any package. Undefined if it is not there or is too old itself. */
function bundledNode(main) {
  try {
    const manifest = createRequire(main).resolve(`${packageName()}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, "utf8"));
    const node = join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
    return Number.parseInt(version, 10) >= WANTED_MAJOR && existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

function runChild(node, main) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  const forward = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"];
  for (const signal of signals) process.on(signal, forward);
  child.on("error", (error) => {
    process.stderr.write(
      `error NODE_TOO_OLD: the bundled Node does not start (${error.message})\n   at ${node}\n   do Install Node ${WANTED_MAJOR} or later.\n`,
    );
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // The shell's way to say "ended by a signal".
    process.exit(128 + (constants.signals[signal] ?? 0));
  });
}
