/** Asks by Hello whether an OPC UA server answers at all, on a socket of its own: what it costs to find that one does not.
 *  OPC UA driver, after an attempt that failed → [hello] → server
 *  Source: OPC UA Part 6 §7.1.2 (connection protocol). */
import { connect } from "node:net";
import type { Clock } from "@nonreturn/station";
import { statusCodeName } from "@nonreturn/wire-format";

export interface HelloSettings {
  readonly host: string;
  readonly port: number;
  readonly endpointUrl: string;
  readonly timeoutMs: number;
}

const HEADER_BYTES = 8; // type 3, "F", size UInt32
const ACKNOWLEDGE_BYTES = 28; // header, version, receive and send buffer, message size, chunk count
const ERROR_BYTES = 16; // header, StatusCode, length of the reason
const LONGEST_REASON = 4096; // §7.1.2.5
/** The largest chunk either side may send: about what most servers have as their own limit. Servers grant messages of whole powers of two in as many chunks. */
export const BUFFER_BYTES = 65_536;

/** Resolves once the server has acknowledged; the connection is closed by then. @throws {Error} that says why it has not. */
export function askHello(settings: HelloSettings, clock: Clock, signal: AbortSignal): Promise<void> {
  const { host, port, timeoutMs } = settings;
  return new Promise((settle, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect({ host, port });
    const cancel = clock.after(timeoutMs, () => finish(`no answer to Hello within ${timeoutMs} ms`));
    const onAbort = (): void => finish("connecting was given up");
    function finish(failure?: string): void {
      cancel();
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      if (failure === undefined) settle();
      else reject(new Error(failure));
    }
    socket.on("error", (error) => finish(error.message));
    socket.on("close", () => finish("the server closed the connection instead of answering Hello"));
    socket.on("connect", () => socket.write(helloOf(settings.endpointUrl)));
    socket.on("data", (bytes) => {
      // An answer is judged before more than one message of bytes is held.
      received = Buffer.concat([received, bytes.subarray(0, ERROR_BYTES + LONGEST_REASON)]);
      const judged = judgeAnswer(received);
      if (judged === "acknowledged") finish();
      else if (judged !== "incomplete") finish(judged.failure);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

export function helloOf(endpointUrl: string): Buffer {
  const url = Buffer.from(endpointUrl);
  const hello = Buffer.alloc(HEADER_BYTES + 24 + url.length);
  hello.write("HELF", 0, "latin1");
  hello.writeUInt32LE(hello.length, 4);
  // ProtocolVersion 0; MaxMessageSize and MaxChunkCount 0: no limit.
  hello.writeUInt32LE(BUFFER_BYTES, 12);
  hello.writeUInt32LE(BUFFER_BYTES, 16);
  hello.writeInt32LE(url.length, 28);
  url.copy(hello, 32);
  return hello;
}

/** @param received  from the start of the connection. */
export function judgeAnswer(received: Buffer): "incomplete" | "acknowledged" | { readonly failure: string } {
  if (received.length < HEADER_BYTES) return "incomplete";
  const type = received.toString("latin1", 0, 4);
  const size = received.readUInt32LE(4);
  if (type === "ACKF" && size === ACKNOWLEDGE_BYTES) return received.length < size ? "incomplete" : "acknowledged";
  if (type !== "ERRF" || size < ERROR_BYTES || size > ERROR_BYTES + LONGEST_REASON)
    return { failure: "what answers is no OPC UA server" };
  if (received.length < size) return "incomplete";
  const name = statusCodeName(received.readUInt32LE(HEADER_BYTES));
  return { failure: `the server refused Hello: ${name} ${received.toString("utf8", ERROR_BYTES, size)}`.trim() };
}
