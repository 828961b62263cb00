/** Finds out what to ask the controller for a tag, and how its bytes become a value.
 *  tag address + device config → [place tag] → plan */
import type { DataType } from "@nonreturn/wire-format";
import type { TagAddress } from "../driver.ts";
import { parseTagName, type TagSegment, writeSegments } from "./address.ts";
import { symbolPath } from "./cip-path.ts";
import { type EthernetIpDeviceConfig, ethernetIpTag } from "./config.ts";
import type { ConversionChoice } from "./convert.ts";

export interface PlacedTag {
  /** Path up to the last index: that of the array for an element, that of the tag itself otherwise. */
  readonly base: Uint8Array;
  /** The same as text, in lower case: controllers do not tell cases apart. Tags of one key and different indices can be read together. */
  readonly key: string;
  /** As written, for people. */
  readonly name: string;
  /** Last index; undefined if the address ends without one. */
  readonly index: number | undefined;
  readonly elements: number; // 1 … 65535
  /** Bytes of one element as far as the type tells; undefined for STRING and BYTES. */
  readonly elementBytes: number | undefined;
  readonly conversion: ConversionChoice;
}

/** A value larger than this is refused: 16,384 elements of 8 bytes. */
export const MAX_VALUE_BYTES = 131_072;

const BITS_PER_DWORD = 32;

const ELEMENT_BYTES: Readonly<Partial<Record<DataType, number>>> = {
  BOOLEAN: 1,
  INT8: 1,
  UINT8: 1,
  INT16: 2,
  UINT16: 2,
  INT32: 4,
  UINT32: 4,
  FLOAT32: 4,
  INT64: 8,
  UINT64: 8,
  FLOAT64: 8,
};
const TYPES = [...Object.keys(ELEMENT_BYTES), "STRING", "BYTES"];

/** @returns the place, or what is wrong and what to write. Never throws, whatever the address. */
export function placeTag(tag: TagAddress, config: EthernetIpDeviceConfig): PlacedTag | { readonly mistake: string } {
  const name = parseTagName(tag.address);
  if ("mistake" in name) return name;
  const parsed = ethernetIpTag.safeParse(tag.options);
  if (!parsed.success)
    return { mistake: `${parsed.error.issues[0]?.message ?? "its options are wrong"}; see docs/drivers.md` };
  const { dataType } = tag;
  if (!TYPES.includes(dataType))
    return { mistake: `controllers have no ${dataType}; write one of: ${TYPES.join(", ")}` };
  const { segments, bit, count } = name;
  if (bit !== undefined && dataType !== "BOOLEAN")
    return { mistake: `${tag.address} is one bit, not ${dataType}; write type: BOOLEAN, or leave .${bit} out` };
  if (count !== undefined && dataType === "BYTES")
    return { mistake: `BYTES of {${count}} are not told apart; remove {${count}}, or write the elements' own type` };
  const last = segments.at(-1)!;
  const index = last.indices.at(-1);
  const choice = { dataType, bit, count, encoding: parsed.data.encoding ?? "utf-8" } as const;

  // Logix packs a BOOL array into DWORDs and counts those; Micro800 has a byte for each.
  const isPacked =
    config.family === "logix" &&
    dataType === "BOOLEAN" &&
    bit === undefined &&
    (index !== undefined || count !== undefined);
  if (isPacked) {
    const first = index ?? 0;
    const packedBit = first % BITS_PER_DWORD;
    return placed(segments, Math.floor(first / BITS_PER_DWORD), {
      elements: Math.ceil((packedBit + (count ?? 1)) / BITS_PER_DWORD),
      elementBytes: BITS_PER_DWORD / 8,
      conversion: { ...choice, packedBit },
    });
  }
  // The controller says how wide an integer with a bit is; four bytes are the usual.
  const elementBytes = bit === undefined ? ELEMENT_BYTES[dataType] : bit < BITS_PER_DWORD ? 4 : 8;
  return placed(segments, index, {
    elements: count ?? 1,
    elementBytes,
    conversion: { ...choice, packedBit: undefined },
  });
}

function placed(
  segments: readonly TagSegment[],
  index: number | undefined,
  rest: Pick<PlacedTag, "elements" | "elementBytes" | "conversion">,
): PlacedTag {
  const last = segments.at(-1)!;
  const base = [...segments.slice(0, -1), { name: last.name, indices: last.indices.slice(0, -1) }];
  const name = writeSegments(base);
  return { base: symbolPath(base), key: name.toLowerCase(), name, index, ...rest };
}
