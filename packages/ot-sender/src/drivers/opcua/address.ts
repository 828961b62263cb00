/** Node ids as people write them.
 *  config, command line → [address] → plan
 *
 *  ns=2;s=Line.Speed               by namespace index          i=2258          namespace 0
 *  nsu=urn:plant:line;s=Line.Speed by namespace URI: survives a server that numbers its namespaces anew
 *  ns=3;i=1042   ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a   ns=3;b=aGVsbG8=
 *  Source: OPC UA Part 6 §5.3.1.10. */

export interface NodeAddress {
  /** Index, or URI. */
  readonly namespace: number | string;
  /** "s=Line.Speed" */
  readonly identifier: string;
}

const MAX_TEXT = 4096; // Part 3 §8.2.4
const NODE = /^(?:ns=(\d{1,5});|nsu=([^;]{1,1000});)?([isgb])=(.+)$/s;
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const WRITE = 'write it like "nsu=urn:plant:line;s=Line.Speed" or "ns=2;i=1042"';

/** @returns the node id, or what is wrong with the text and what to write. Never throws. */
export function parseNodeAddress(text: string): NodeAddress | { readonly mistake: string } {
  const match = text.length > MAX_TEXT ? null : NODE.exec(text);
  const [, index, uri, kind, identifier = ""] = match ?? [];
  if (kind === undefined) return { mistake: `${show(text)} is no node id; ${WRITE}` };
  if (index !== undefined && Number(index) > 65_535)
    return { mistake: `there is no namespace ${index}; write an index up to 65535, or nsu=` };
  if (!isIdentifier(kind, identifier))
    return { mistake: `${show(identifier)} is no identifier of kind ${kind}=; ${WRITE}` };
  return { namespace: uri === undefined ? Number(index ?? 0) : unescapeUri(uri), identifier: `${kind}=${identifier}` };
}

/** As the driver asks for it now. @returns undefined if the server has no such namespace. */
export function resolveAddress(address: NodeAddress, namespaces: readonly string[]): string | undefined {
  const { namespace, identifier } = address;
  const index = typeof namespace === "number" ? namespace : namespaces.indexOf(namespace);
  return index < 0 ? undefined : `ns=${index};${identifier}`;
}

/** With the URI, so that it survives new indices; the server's own namespace 1 and unknown ones by index. */
export function writeAddress(index: number, identifier: string, namespaces: readonly string[]): string {
  if (index === 0) return identifier;
  const uri = namespaces[index];
  return uri === undefined || uri === "" ? `ns=${index};${identifier}` : `nsu=${escapeUri(uri)};${identifier}`;
}

function isIdentifier(kind: string, text: string): boolean {
  switch (kind) {
    case "i":
      return /^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff;
    case "g":
      return GUID.test(text);
    case "b":
      return BASE64.test(text);
    default:
      return text.isWellFormed();
  }
}

/** Part 6 §5.1.12: ; and % are escaped in URIs of node ids. */
function escapeUri(uri: string): string {
  return uri.replaceAll("%", "%25").replaceAll(";", "%3B");
}

function unescapeUri(text: string): string {
  return text.replace(/%3B/gi, ";").replaceAll("%25", "%");
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
