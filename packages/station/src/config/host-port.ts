/** A network address as a user writes it: "192.0.2.2:47000", "[2001:db8::2]:47000", "plc-7.plant:502".
 *  YAML text → parse → [hostPort] → { host, port } */
import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import type { HostPort } from "./write-host-port.ts";

// A host name of RFC 1123 §2.1: labels of letters, digits and inner hyphens. Underscore is tolerated: plants use it.
const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/;
const SHAPE = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:[\]]+)):(\d{1,5})$/;

/** Port 0 means "any free port" where something listens; an address to send to wants 1 … 65535 (`.refine` it there). */
export const hostPort = z
  .string({ error: (issue) => (issue.input === undefined ? undefined : explain(issue.input)) })
  .regex(SHAPE, { abort: true, error: (issue) => explain(issue.input) })
  .meta({ description: "host:port; an IPv6 address in brackets", examples: ["192.0.2.2:47000", "[2001:db8::2]:47000"] })
  .transform((text, context): HostPort => {
    const address = parseHostPort(text);
    if (address === undefined) {
      context.issues.push({ code: "custom", message: explain(text), input: text });
      return z.NEVER;
    }
    return address;
  });

/** @returns undefined if the text is no host:port. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { host: bracketed, port } : undefined;
  const host = plain ?? "";
  if (isIPv4(host)) return { host, port };
  // All digits and dots, yet no IPv4 address: 192.0.2.300 is a slip, not a name.
  if (/^[\d.]+$/.test(host) || !HOST_NAME.test(host)) return undefined;
  return { host, port };
}

function explain(input: unknown): string {
  const shown = JSON.stringify(input) ?? String(input);
  if (typeof input === "string") {
    if (isIPv6(input) || /^[0-9A-Fa-f]*:[0-9A-Fa-f:]*:\d+$/.test(input))
      return `${shown} is not host:port; write an IPv6 address in brackets: "[2001:db8::2]:47000"`;
    if (isIPv4(input) || HOST_NAME.test(input))
      return `${shown} has no port; write "${input}:47000" with the port you want`;
    const port = /:(\d+)$/.exec(input)?.[1];
    if (port !== undefined && Number(port) > 65_535) return `port ${port} does not exist; write one from 0 to 65535`;
  }
  return `${shown} is not host:port; write it like "192.0.2.2:47000"`;
}
