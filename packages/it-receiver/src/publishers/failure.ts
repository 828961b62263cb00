/** What a failed call of publish says: these entries are refused for what they are, or the far side cannot be reached.
 *  publisher → [failure] → runner */
import { StationError } from "@nonreturn/station/thread";

/** True for what `refusedEntry` made. Everything else is tried again with the same entries. */
export function isRefusal(error: unknown): error is StationError {
  return error instanceof StationError && error.code === "PUBLISH_REFUSED_ENTRY";
}
