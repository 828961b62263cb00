/** Finds the row of a tag, for everything that keeps one row per tag in columns.
 *  tag id → [tag rows] → report by exception, last values, tag directory */

/** Ids below are found in an array, which grows to 4 MB at most; whatever is above, in a map. */
const DENSE_IDS = 2 ** 20;

/** Journals give ids from 1 on, so nearly all are dense: one load instead of a hash. Rows are numbered from 0 in the order of adding; that of a removed tag is given again. */
export class TagRows {
  /** Row + 1 by tag id; 0 where there is none. */
  #dense = new Uint32Array(256);
  readonly #sparse = new Map<number, number>();
  /** Rows below it are given, or free again. */
  #end = 0;
  readonly #free: number[] = [];

  /** Of tags. */
  get count(): number {
    return this.#end - this.#free.length;
  }

  /** −1 for a tag that was never added. */
  rowOf(tagId: number): number {
    if (tagId < this.#dense.length) return this.#dense[tagId]! - 1;
    return this.#sparse.get(tagId) ?? -1;
  }

  /** The tag's row, a new one if it has none. */
  add(tagId: number): number {
    const known = this.rowOf(tagId);
    if (known >= 0) return known;
    const row = this.#free.pop() ?? this.#end++;
    if (tagId < DENSE_IDS) {
      if (tagId >= this.#dense.length) this.#grow(tagId + 1);
      this.#dense[tagId] = row + 1;
    } else this.#sparse.set(tagId, row);
    return row;
  }

  /** @returns the row that the tag had, −1 if it had none. */
  remove(tagId: number): number {
    const row = this.rowOf(tagId);
    if (row < 0) return row;
    if (tagId < DENSE_IDS) this.#dense[tagId] = 0;
    else this.#sparse.delete(tagId);
    this.#free.push(row);
    return row;
  }

  #grow(ids: number): void {
    const grown = new Uint32Array(Math.min(DENSE_IDS, Math.max(ids, this.#dense.length * 2)));
    grown.set(this.#dense);
    this.#dense = grown;
  }
}
