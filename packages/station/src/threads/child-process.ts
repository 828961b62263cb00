/** Has a program of ours answer one question in a process of its own: what it took of memory is gone when it ends, which is not so of a thread.
 *  compose → [child process] → compose */
import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { StationError } from "../station-error.ts";

/** As in our threads: what survives while much is read would double the process. */
const SEMI_SPACE_MB = 4;

/** Of what it says of its own end: the first line that names an error, and some of the stack. */
const MOST_LAST_WORDS = 4096;
const MOST_REASON = 300;

/**
 * Start `url`, ask it, take its answer, let it end. Messages are structured-cloned. Lines of its log go to standard error, as those of a thread
 * do; whatever else it prints there is kept for the error.
 *
 * @param signal  ends the process.
 * @returns the answer; arrays of numbers in it may share one buffer: copy what is kept or transferred.
 * @throws {StationError} CHILD_FAILED if it ends without an answer, with the reason that it gave; its stack is the cause.
 */
export function askChildProcess<Question extends object, Answer>(
  url: URL,
  question: Question,
  name: string,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(url), [], {
      execArgv: [...process.execArgv, `--max-semi-space-size=${SEMI_SPACE_MB}`],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"], // standard output is the station's own
      signal,
    });
    let lastWords = "";
    if (child.stderr !== null)
      createInterface(child.stderr).on("line", (line) => {
        if (line.startsWith("{")) process.stderr.write(`${line}\n`);
        else lastWords = `${lastWords}${line}\n`.slice(0, MOST_LAST_WORDS);
      });
    const fail = (how: string): void => reject(childFailed(name, how, lastWords));
    child.once("message", (answer) => resolve(answer as Answer));
    child.once("error", (error) => fail(error.message));
    // All that it said has come.
    child.once("close", (code, by) => fail(by === null ? `it ended with code ${code}` : `it was ended by ${by}`));
    child.send(question, (error) => {
      if (error !== null) fail(error.message);
    });
  });
}

/** The far end of `askChildProcess`: answer, then end. A process whose parent is gone ends too. */
export function answerParent<Question, Answer>(answerTo: (question: Question) => Answer): void {
  if (process.send === undefined) throw notAChild();
  process.once("disconnect", () => process.exit());
  process.once("message", (question) => {
    process.send?.(answerTo(question as Question), undefined, undefined, () => process.disconnect());
  });
}

function childFailed(name: string, how: string, lastWords: string): StationError {
  const named = /^(?:FATAL ERROR: |[\w$.]*Error\b).*$/m.exec(lastWords)?.[0].slice(0, MOST_REASON);
  return new StationError(
    {
      code: "CHILD_FAILED",
      what: `the ${name} process failed: ${how}${named === undefined ? "" : ` (${named})`}`,
      action: "The station goes on. Report this with the log if it happens again; there may be too little memory.",
    },
    lastWords === "" ? undefined : { cause: lastWords },
  );
}

function notAChild(): StationError {
  return new StationError({
    code: "NOT_A_WORKER",
    what: "this file is the entry of a process that the station starts, and was started as a program",
    action: "Start the station itself (nonreturn-ot, nonreturn-it).",
  });
}
