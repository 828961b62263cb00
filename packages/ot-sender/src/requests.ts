/** Questions to a thread that answers later, by number.
 *  pipeline → [requests] ⇄ journal thread, link thread */
export class Requests {
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #next = 1;

  /** @param post  sends the question with this number; the answer must come back with it. */
  ask<Answer>(post: (id: number) => void): Promise<Answer> {
    return this.once<Answer>(this.#next++, post);
  }

  /** A question with a number of its own, for those of which there is one at a time; a second asker gets the same answer's successor. */
  once<Answer>(id: number, post: (id: number) => void): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => resolve(answer as Answer));
      post(id);
    });
  }

  answer(id: number, answer: unknown): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
