/** Gathers tags that lie near each other, so that one request reads them.
 *  plan → [gather neighbours] → blocks */
import type { PlacedMember } from "./block-list.ts";

/**
 * Every member in exactly one group, none of them empty. Cost: linear.
 *
 * @param members  ascending by place.
 * @param belongs  whether the next place is to be read with the group that begins at `first`; `end` is after the furthest of its members.
 */
export function gatherNeighbours<Place extends PlacedMember["place"], Member extends { readonly place: Place }>(
  members: readonly Member[],
  belongs: (next: Member["place"], first: Member["place"], end: number) => boolean,
): Member[][] {
  const groups: Member[][] = [];
  let gathered: Member[] = [];
  let end = 0;
  for (const member of members) {
    const { place } = member;
    const first = gathered[0]?.place;
    if (first === undefined || !belongs(place, first, end)) {
      gathered = [];
      groups.push(gathered);
      end = 0;
    }
    gathered.push(member);
    end = Math.max(end, place.start + place.quantity);
  }
  return groups;
}
