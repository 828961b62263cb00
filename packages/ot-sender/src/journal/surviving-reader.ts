/** A journal reader that outlives read errors: a bad sector costs blocks, not the link.
 *  journal reader → [surviving reader] → second pass, backlog, replay, heartbeat */
import type { JournalReader } from "./journal.ts";

/** Answers with nothing, or with what it knew last, where the disk does not. @param onError  told of each. */
export function survivingReader(reader: JournalReader, onError: (error: unknown) => void): JournalReader {
  let head = reader.head();
  let oldest = reader.oldest();
  const attempt = <Result>(read: () => Result, otherwise: () => Result): Result => {
    try {
      return read();
    } catch (error) {
      onError(error);
      return otherwise();
    }
  };
  return {
    read: (first, last, maxBlocks, maxBytes) =>
      attempt(
        () => reader.read(first, last, maxBlocks, maxBytes),
        () => [],
      ),
    oldest: () => {
      oldest = attempt(
        () => reader.oldest(),
        () => oldest,
      );
      return oldest;
    },
    head: () => {
      head = attempt(
        () => reader.head(),
        () => head,
      );
      return head;
    },
    firstSealedSince: (time) =>
      attempt(
        () => reader.firstSealedSince(time),
        () => head.sequence + 1,
      ),
    close: () => reader.close(),
  };
}
