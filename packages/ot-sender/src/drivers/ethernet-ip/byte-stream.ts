/** What a CIP connection needs of a socket. Tests put something else in its place.
 *  CIP connection, session → [byte stream] → device */
import type { HostPort } from "@nonreturn/station";

export interface ByteStream {
  write(bytes: Uint8Array): unknown;
  destroy(): unknown;
  /** Destroy once everything written has left. */
  destroySoon(): unknown;
  /** The chunk may be lent: it is valid during the call only. */
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export type OpenStream = (address: HostPort, timeoutMs: number, signal: AbortSignal) => Promise<ByteStream>;
