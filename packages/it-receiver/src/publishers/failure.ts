/** What a failed call of publish says: rows are refused for what they are, or the far side cannot be reached.
 *  publisher → [failure] → runner */
import { Refusal } from "./publisher.ts";

/** Everything else is tried again with the same entries. */
export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Refusal;
}
