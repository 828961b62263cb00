/** Takes a changed configuration over while the station runs: all of it or nothing, one at a time, each on record in the log.
 *  nonreturn-ot reload, SIGHUP → [reloader] → reload process, pipeline */
import { realpathSync } from "node:fs";
import { errorFields, type Log, StationError } from "@nonreturn/station";
import type { PipelineChange } from "../pipeline.ts";
import { isNothing } from "./difference-lines.ts";
import { driversOf, type ReloadPlan, scanChangeOf } from "./reload-plan.ts";

/** The answer to `nonreturn-ot reload`. */
export interface ReloadAnswer {
  /** needs-restart: nothing was changed. */
  readonly outcome: "applied" | "planned" | "unchanged" | "needs-restart";
  /** The difference, for a person. */
  readonly lines: readonly string[];
  readonly restartKeys: readonly string[];
}

export interface ReloaderSurroundings {
  readonly log: Log;
  /** The file as it is now against what runs. Rejects with a StationError if it cannot be used. */
  plan(running: Uint8Array): Promise<ReloadPlan>;
  /** Rejects with a StationError; then nothing has changed, or the station is stopping. */
  apply(change: PipelineChange): Promise<void>;
}

export class Reloader {
  readonly #path: string;
  readonly #surroundings: ReloaderSurroundings;
  /** Deflated. */
  #running: Uint8Array;
  #busy = false;
  /** The file may have changed since the reload under way has read it. */
  #again = false;

  /** @param path  of the configuration file; @param running  what runs now, of `keepText`. */
  constructor(path: string, running: Uint8Array, surroundings: ReloaderSurroundings) {
    this.#path = path;
    this.#running = running;
    this.#surroundings = surroundings;
  }

  /** @throws {StationError} RELOAD_OTHER_FILE, RELOAD_BUSY, RELOAD_JOURNAL, CONFIG_…: nothing has changed. */
  async ask(body: unknown): Promise<ReloadAnswer> {
    const { path, dryRun } = (body ?? {}) as { readonly path?: unknown; readonly dryRun?: unknown };
    if (path !== realPathOf(this.#path)) throw otherFile(this.#path);
    if (this.#busy) throw busy(this.#path);
    return this.#reload(dryRun === true ? "dry-run" : "apply", "nonreturn-ot reload");
  }

  /** Nobody waits for an answer: what comes of it stands in the log. While a reload is under way, one more follows. */
  hangUp(): void {
    if (this.#busy) this.#again = true;
    else this.#reload("apply", "SIGHUP").catch(() => undefined); // logged
  }

  async #reload(mode: "apply" | "dry-run", askedBy: string): Promise<ReloadAnswer> {
    const { log } = this.#surroundings;
    this.#busy = true;
    try {
      return await this.#planAndApply(mode, askedBy);
    } catch (error) {
      const refused = asRefusal(error, this.#path);
      const { code, what } = refused;
      log.warn(
        { code, what, askedBy, file: this.#path, err: errorFields(error) },
        code === "STATION_NOT_RUNNING"
          ? "reload given up: the station is stopping; a start reads the file"
          : "reload refused; nothing has changed",
      );
      throw refused;
    } finally {
      this.#busy = false;
      if (this.#again) {
        this.#again = false;
        this.hangUp();
      }
    }
  }

  async #planAndApply(mode: "apply" | "dry-run", askedBy: string): Promise<ReloadAnswer> {
    const { log, plan: planFrom, apply } = this.#surroundings;
    const plan = await planFrom(this.#running);
    const { lines, restartKeys, counts } = plan;
    if (mode === "dry-run") return { outcome: "planned", lines, restartKeys };
    if (restartKeys.length > 0) {
      log.warn(
        { code: "RELOAD_RESTART", restartKeys, askedBy, file: this.#path },
        "reload refused: these keys are read by a start only; nothing has changed",
      );
      return { outcome: "needs-restart", lines, restartKeys };
    }
    if (isNothing(counts)) {
      this.#running = plan.text;
      log.info({ askedBy, file: this.#path }, "reload: the configuration means what it meant before");
      return { outcome: "unchanged", lines, restartKeys };
    }
    log.info({ ...counts, askedBy, file: this.#path }, "reload: a new configuration is taken over");
    const { tags, tagCount, keptChannels, text } = plan;
    const scanChange = (tagIds: Uint32Array) => scanChangeOf(plan, tagIds);
    await apply({ tags, tagCount, keptChannels, drivers: driversOf(plan), scanChangeOf: scanChange });
    this.#running = text;
    log.info({ askedBy, file: this.#path }, "reload: the new configuration is in force");
    return { outcome: "applied", lines, restartKeys };
  }
}

/** A link to it is the same file. It may be gone by now. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Words for a station that goes on, where an error speaks of a start. */
export function asRefusal(error: unknown, path: string): StationError {
  if (!(error instanceof StationError) || error.code === "CHILD_FAILED")
    return new StationError(
      {
        code: "RELOAD_FAILED",
        what: `the new configuration could not be taken over: ${error instanceof StationError ? error.what : String(error)}`,
        where: path,
        action:
          "The station goes on as it was. Report this with the log around this line; a restart reads the file too.",
      },
      { cause: error },
    );
  if (error.code !== "CONFIG_INVALID") return error;
  const action =
    "Correct the lines above; nothing has changed, the station goes on with the configuration it runs with.";
  return new StationError({ code: "CONFIG_INVALID", what: error.what, where: path, action }, { cause: error });
}

function otherFile(path: string): StationError {
  return new StationError({
    code: "RELOAD_OTHER_FILE",
    what: "the running station was started with another configuration file",
    where: path,
    action: "Change that file and name it with --config, or restart the station with the other one.",
  });
}

function busy(path: string): StationError {
  return new StationError({
    code: "RELOAD_BUSY",
    what: "another reload is under way",
    where: path,
    action: "Wait for its answer, then ask again.",
  });
}
