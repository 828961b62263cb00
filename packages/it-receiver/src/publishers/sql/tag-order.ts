/** The order in which samples are inserted: neighbours in the index (tag, time) share a page of it, which spares the server much of its work.
 *  sample rows → [tag order] → bulk statements */

const INDEX_BITS = 2 ** 22; // 31 bits of a tag's number + 22 of an index = 53, exact in a double

/**
 * @param tags  numbers of the tag table, 0 … 2³¹ − 1.
 * @returns indexes into `tags` by ascending tag, those of one tag in the order they have. As they are, if there are more than 4,194,304.
 */
export function tagOrder(tags: readonly number[]): Float64Array {
  const keys = new Float64Array(tags.length);
  if (tags.length > INDEX_BITS) return keys.map((_, at) => at);
  for (let at = 0; at < tags.length; at++) keys[at] = tags[at]! * INDEX_BITS + at;
  keys.sort();
  for (let at = 0; at < tags.length; at++) keys[at] = keys[at]! % INDEX_BITS;
  return keys;
}
