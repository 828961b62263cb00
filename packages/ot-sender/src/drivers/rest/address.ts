/** Addresses of values in JSON replies.
 *  config, command line → [address] → plan
 *
 *  /status#/line/speed      value at a JSON pointer of what GET /status answers
 *  /status?unit=si#/speed   the path may have a query
 *  counters#/0/total        the same of a request that has a name in the configuration
 *  /speed                   the whole answer is the value */
import { type JsonPointer, parsePointer } from "../json-pointer.ts";

export interface RestAddress {
  /** A path, or the name of a request. */
  readonly resource: string;
  readonly pointer: JsonPointer;
}

/** As it goes onto the wire: visible ASCII without #. Source: RFC 3986 §3.3, §3.4; servers in the field take more than it allows. */
export const PATH = /^\/[!-"$-~]*$/;
export const REQUEST_NAME = /^[A-Za-z0-9_-]{1,64}$/;

const MAX_TEXT = 3000;
const WRITE = 'write it like "/status#/line/speed"';

/** @returns the address, or what is wrong with the text and what to write. Never throws. */
export function parseAddress(text: string): RestAddress | { readonly mistake: string } {
  if (text.length > MAX_TEXT) return { mistake: `an address has at most ${MAX_TEXT} characters; ${WRITE}` };
  const hash = text.indexOf("#");
  const resource = hash < 0 ? text : text.slice(0, hash);
  if (!PATH.test(resource) && !REQUEST_NAME.test(resource))
    return { mistake: `${JSON.stringify(resource.slice(0, 40))} is no path and no name of a request; ${WRITE}` };
  const pointer = parsePointer(hash < 0 ? "" : text.slice(hash + 1));
  return "mistake" in pointer ? { mistake: pointer.mistake } : { resource, pointer };
}
