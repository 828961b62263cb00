/** The way from the network port to the controller, through backplanes and bridges.
 *  config → [route] → forward open, unconnected send
 *
 *  Written as port and link address of each hop: "1,0" is port 1 (the backplane), slot 0. Port 2 is the Ethernet side of a bridge.
 *  Source: ODVA Vol 1 Appendix C-1.4.1 (port segment). */

const MAX_HOPS = 8;
const MAX_PORT = 14; // 15 in the low nibble announces an extended port number
const EXTENDED_LINK = 0x10; // a length byte follows the port, then the link address

/** @returns the port segments, of even length; or what is wrong with the text. Empty text: none, the device itself is the controller. */
export function parseRoute(text: string): Uint8Array | { readonly mistake: string } {
  if (text.trim() === "") return new Uint8Array();
  const words = text.split(",").map((word) => word.trim());
  if (words.length % 2 !== 0 || words.length > MAX_HOPS * 2)
    return {
      mistake: `${JSON.stringify(text)} is no route; write pairs of port and address, at most ${MAX_HOPS}: "1,0"`,
    };
  const bytes: number[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const port = Number(words[at]);
    const link = words[at + 1]!;
    if (!/^\d{1,2}$/.test(words[at]!) || port < 1 || port > MAX_PORT)
      return { mistake: `${JSON.stringify(words[at])} is no port; write 1 (backplane) to ${MAX_PORT}` };
    if (/^\d{1,3}$/.test(link) && Number(link) <= 255) bytes.push(port, Number(link));
    else if (/^\d{1,3}(\.\d{1,3}){3}$/.test(link)) {
      bytes.push(port | EXTENDED_LINK, link.length, ...Buffer.from(link, "latin1"));
      if (link.length % 2 !== 0) bytes.push(0);
    } else return { mistake: `${JSON.stringify(link)} is no address; write a slot (0 to 255) or an IP address` };
  }
  return Uint8Array.from(bytes);
}

export interface RouteChoice {
  readonly family: "logix" | "micro800";
  readonly slot?: number | undefined;
  readonly route?: string | undefined;
}

/** Of a device whose configuration was checked. A Micro800 is its own network port: nothing lies between. */
export function routeOf({ family, slot, route }: RouteChoice): Uint8Array {
  const text = route ?? (family === "micro800" ? "" : `1,${slot ?? 0}`);
  const parsed = parseRoute(text);
  return "mistake" in parsed ? new Uint8Array() : parsed;
}
