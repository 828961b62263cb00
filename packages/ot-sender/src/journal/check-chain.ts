/** Looks at the newest blocks of a journal before anything is appended to them: whole, chained, signed.
 *  journal.db → [check chain] → open journal */
import { createHash } from "node:crypto";
import { StationError } from "@nonreturn/station/thread";
import {
  type BlockHeader,
  blockHash,
  CIPHERTEXT_OFFSET,
  decodeHeader,
  type OpeningKeys,
  verifyBlock,
} from "@nonreturn/wire-format";
import type { JournalReader } from "./journal.ts";

/** Blocks looked at. Older ones were looked at when they were newest, and are proved again by every receiver. */
const BLOCKS_CHECKED = 1000;

/** @throws {StationError} JOURNAL_MUTATED, naming the first sequence that does not hold. */
export function checkChain(journal: Omit<JournalReader, "close">, keys: OpeningKeys, path: string): void {
  const head = journal.head();
  if (head.sequence === 0) return;
  // The newest block is always held: retention leaves it.
  const first = Math.min(head.sequence, Math.max(journal.oldest(), head.sequence - BLOCKS_CHECKED + 1));
  let expected = first;
  let previous: Uint8Array | undefined;
  let hash: Uint8Array = head.hash;
  while (expected <= head.sequence) {
    const [block] = journal.read(expected, expected, 1, Number.POSITIVE_INFINITY);
    // A hole is what retention leaves where it removed sent blocks around unsent ones.
    if (block === undefined) {
      if (expected === head.sequence) throw mutated(path, expected, "the newest block is missing");
      previous = undefined;
      expected++;
      continue;
    }
    try {
      const header = expected === head.sequence ? verifyBlock(block.bytes, keys) : checkHash(block.bytes);
      hash = blockHash(block.bytes);
      if (header.sequence !== expected) throw new Error(`it names itself ${header.sequence}`);
      if (previous !== undefined && Buffer.compare(header.previousHash, previous) !== 0)
        throw new Error("it does not follow from the block before");
      if (Buffer.compare(hash, block.hash) !== 0) throw new Error("its header was changed");
    } catch (cause) {
      throw mutated(path, expected, cause instanceof Error ? cause.message : String(cause), cause);
    }
    previous = hash;
    expected++;
  }
  if (Buffer.compare(hash, head.hash) !== 0) throw mutated(path, head.sequence, "the recorded head has another hash");
}

/** Without the signature: the chain carries the head's back to it, and older blocks may be sealed under keys that are gone. */
function checkHash(block: Uint8Array): BlockHeader {
  const header = decodeHeader(block);
  const hash = createHash("sha256").update(block.subarray(CIPHERTEXT_OFFSET)).digest();
  if (!hash.equals(header.ciphertextHash)) throw new Error("its contents were changed");
  return header;
}

function mutated(path: string, sequence: number, reason: string, cause?: unknown): StationError {
  return journalMutated(path, `block ${sequence} of the journal does not hold: ${reason}`, cause);
}

export function journalMutated(path: string, what: string, cause?: unknown): StationError {
  return new StationError(
    {
      code: "JOURNAL_MUTATED",
      what,
      where: path,
      action:
        "Stop the station and move the journal with its -wal and -shm aside (keep it: it may be evidence), then start: a new journal begins, and the IT station names what is missing.",
    },
    cause === undefined ? undefined : { cause },
  );
}
