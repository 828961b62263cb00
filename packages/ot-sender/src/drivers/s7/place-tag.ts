/** Finds out where a tag lies in a CPU and how its bytes become a value.
 *  tag address + device config → [place tag] → plan */
import type { TagAddress } from "../driver.ts";
import type { ToUtc } from "../local-time.ts";
import { type Area, parseAddress, type S7Address } from "./address.ts";
import { s7Tag } from "./config.ts";
import { arrayConversion, bitConversion, type Conversion, conversionOf } from "./convert.ts";
import { S7_TYPES } from "./s7-type.ts";

export interface PlacedTag {
  readonly area: Area;
  readonly db: number;
  /** Byte; of timers and counters twice their number, since each takes two. */
  readonly start: number;
  readonly quantity: number; // bytes
  readonly convert: Conversion;
}

/** A tag is one value in one sample: an array of 8 KiB is as much as a batch likes. */
const LARGEST_TAG_BYTES = 8192;

/** @returns the place, or what is wrong and what to write. Never throws, whatever the address. */
export function placeTag(tag: TagAddress, toUtc: ToUtc): PlacedTag | { readonly mistake: string } {
  const address = parseAddress(tag.address);
  if ("mistake" in address) return address;
  const parsed = s7Tag.safeParse(tag.options);
  if (!parsed.success)
    return { mistake: `${parsed.error.issues[0]?.message ?? "its options are wrong"}; see docs/drivers.md` };
  const { dataType } = tag;
  const { area, db, start, bit, type, count } = address;
  const { dataType: own, others } = S7_TYPES[type];
  if (dataType !== own && !others.includes(dataType))
    return { mistake: `${tag.address} is ${type}, not ${dataType}; write type: ${[own, ...others].join(" or ")}` };
  const quantity = quantityOf(address);
  if (quantity > LARGEST_TAG_BYTES)
    return { mistake: `it takes ${quantity} bytes, more than ${LARGEST_TAG_BYTES}; write fewer elements` };
  const place = { area, db, start: area === "T" || area === "C" ? start * 2 : start, quantity };
  if (place.start + quantity > 65_536)
    return { mistake: `it takes ${quantity} bytes and ends beyond byte 65535; write a lower address` };
  if (type === "BOOL") return { ...place, convert: bitConversion(bit, count) };
  const encoding = parsed.data.encoding ?? "latin1";
  // Characters are one text, not an array of texts of one.
  const whole = type === "CHAR" || type === "WCHAR" || dataType === "BYTES";
  const length = whole ? (count ?? 1) : address.length;
  const element = conversionOf({ type, dataType, length, encoding, toUtc });
  return {
    ...place,
    convert: whole || count === undefined ? element : arrayConversion(element, count, strideOf(address)),
  };
}

function quantityOf(address: S7Address): number {
  const { type, bit, count } = address;
  if (type === "BOOL") return Math.ceil((bit + (count ?? 1)) / 8);
  const elements = count ?? 1;
  return strideOf(address) * (elements - 1) + elementBytes(address);
}

/** Strings of an array begin at even bytes. */
function strideOf(address: S7Address): number {
  const bytes = elementBytes(address);
  return address.type === "STRING" ? bytes + (bytes % 2) : bytes;
}

function elementBytes({ type, length }: S7Address): number {
  const { bytes } = S7_TYPES[type];
  return type === "WSTRING" ? bytes + length * 2 : bytes + length;
}
