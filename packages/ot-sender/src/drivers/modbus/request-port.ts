/** What is asked of a Modbus device, what comes of it, and what carries both.
 *  modbus connection ⇄ [request port] ⇄ MBAP port, RTU client */
import { isBitTable, type Table } from "./address.ts";

/** What is asked for. */
export interface ReadRequest {
  readonly unit: number;
  readonly table: Table;
  readonly start: number;
  readonly quantity: number;
}

/** What a device said to a request. Garbage is an outcome, not an error. */
export type ReplyOutcome =
  /** Registers: two bytes each. Bits: eight to a byte, the first in the least significant bit. Of the expected length. */
  | { readonly kind: "reply"; readonly bytes: Uint8Array }
  | { readonly kind: "exception"; readonly code: number }
  | { readonly kind: "damaged"; readonly what: string };

export type OnOutcome = (slot: number, outcome: ReplyOutcome) => void;

export interface RequestPort {
  /** Send a request. Its outcome comes under the same number, at most once, and never after `forget`. */
  send(slot: number, request: ReadRequest): void;
  /** Nobody waits for the request of this slot any longer. */
  forget(slot: number): void;
  /** What came since the request and is no reply to it, for the operator; undefined if nothing did. */
  heard(): string | undefined;
}

/** Of a whole reply. */
export function dataBytesOf({ table, quantity }: ReadRequest): number {
  return isBitTable(table) ? Math.ceil(quantity / 8) : quantity * 2;
}
