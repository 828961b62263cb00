/** The command line's end of the control socket.
 *  nonreturn-ot status, replay … → [control request] → running station */
import { request } from "node:http";
import { StationError } from "../station-error.ts";

const MAXIMUM_ANSWER_BYTES = 16 * 1024 * 1024;

/** Longest silence of the station while it answers; it does hardly anything slow inside a request. */
const TIMEOUT_MS = 30_000;

/**
 * Ask a running station.
 *
 * @returns the parsed JSON answer.
 * @throws {StationError} STATION_NOT_RUNNING if nobody listens there, CONTROL_REFUSED if the socket may not be used or the station
 *   does not know the request, CONTROL_FAILED if it broke off; otherwise the StationError the station itself answered with.
 */
export async function controlRequest(
  socketPath: string,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  timeoutMs = TIMEOUT_MS,
): Promise<unknown> {
  const { status, text } = await exchange(socketPath, method, path, body, timeoutMs);
  const answer = parse(text, socketPath);
  if (status >= 200 && status < 300) return answer;
  const { code, what, where, action } = (answer ?? {}) as Record<string, unknown>;
  if (typeof code === "string" && typeof what === "string" && typeof action === "string") {
    throw new StationError({ code, what, action, ...(typeof where === "string" ? { where } : {}) });
  }
  throw new StationError({
    code: status >= 500 ? "CONTROL_FAILED" : "CONTROL_REFUSED",
    what: `the station answered ${method} ${path} with ${status}${typeof what === "string" ? `: ${what}` : ""}`,
    where: socketPath,
    action: status >= 500 ? "Read the station's log." : "Use the command of the same version as the running station.",
  });
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      payload === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) };
    const outgoing = request({ socketPath, method, path, headers, agent: false, timeout: timeoutMs }, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > MAXIMUM_ANSWER_BYTES)
          outgoing.destroy(new Error(`the answer is larger than ${MAXIMUM_ANSWER_BYTES} bytes`));
        else parts.push(part);
      });
      response.on("error", (error) => reject(cannotAsk(socketPath, error)));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }),
      );
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    outgoing.on("error", (error) => reject(cannotAsk(socketPath, error)));
    outgoing.end(payload);
  });
}

function cannotAsk(socketPath: string, error: NodeJS.ErrnoException): StationError {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") {
    return new StationError(
      {
        code: "STATION_NOT_RUNNING",
        what: "no station is running on this data folder",
        where: socketPath,
        action:
          "Start it (nonreturn-ot run, nonreturn-it run), or name the configuration file of the one that is running.",
      },
      { cause: error },
    );
  }
  if (error.code === "EACCES" || error.code === "EPERM") {
    return new StationError(
      {
        code: "CONTROL_REFUSED",
        what: "you may not use the station's control socket",
        where: socketPath,
        action: "Run the command as the station's own user (sudo -u …).",
      },
      { cause: error },
    );
  }
  return new StationError(
    {
      code: "CONTROL_FAILED",
      what: `asking the station failed (${error.message})`,
      where: socketPath,
      action: "Read the station's log.",
    },
    { cause: error },
  );
}

function parse(text: string, socketPath: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StationError(
      {
        code: "CONTROL_FAILED",
        what: "the station's answer is not JSON",
        where: socketPath,
        action: "Use the command of the same version as the running station.",
      },
      { cause: error },
    );
  }
}
