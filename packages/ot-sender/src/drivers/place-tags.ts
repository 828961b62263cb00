/** Parts the tags that a driver can read from those whose configuration it cannot.
 *  tag addresses → [place tags] → plan of the driver */
import { StatusCode } from "@nonreturn/wire-format";
import type { RefusedTag, TagAddress } from "./driver.ts";

export interface Placed<Place> {
  readonly tag: TagAddress;
  readonly place: Place;
}

/** @param place  what the driver makes of one tag, or the mistake in it. Never throws, if that does not. */
export function placeTags<Place extends object>(
  tags: readonly TagAddress[],
  place: (tag: TagAddress) => Place | { readonly mistake: string },
): { readonly placed: Placed<Place>[]; readonly refused: RefusedTag[] } {
  const placed: Placed<Place>[] = [];
  const refused: RefusedTag[] = [];
  for (const tag of tags) {
    const made = place(tag);
    if (!("mistake" in made)) {
      placed.push({ tag, place: made });
      continue;
    }
    const { tagId, path } = tag;
    refused.push({ tagId, path, statusCode: StatusCode.BadConfigurationError, reason: made.mistake });
  }
  return { placed, refused };
}
