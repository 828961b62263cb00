/** A network address as the station uses it, and as text again. Apart from its schema, so that threads need not load zod.
 *  configuration, sockets → [write host port] → messages, log */
import { isIP } from "node:net";

export interface HostPort {
  /** An IPv4 or IPv6 address (without brackets) or a host name. */
  readonly host: string;
  readonly port: number; // 0 … 65535
}

/** What `parseHostPort` reads: "[2001:db8::2]:47000" for an IPv6 address. */
export function writeHostPort({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
