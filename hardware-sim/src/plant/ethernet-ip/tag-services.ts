/** Read Tag and Read Tag Fragmented.
 *  message router → [tag services] → tag image
 *
 *  Source: Rockwell 1756-PM020, "Logix data structures and tag services". */
import type { AtomicType, ControllerType } from "./controller-type.ts";
import type { PathSegment } from "./request-path.ts";
import type { ShownValue } from "./tag-image.ts";
import type { Place, Refusal, TagTable } from "./tag-table.ts";

export interface TagReply {
  readonly status: number; // 0, or 6: there is more
  readonly data: Buffer;
  /** What it shows. Empty unless asked for. */
  readonly shown: readonly ShownValue[];
  readonly shownCount: number;
}

const STRUCTURE = 0x02a0;
const PARTIAL = 0x06;
const NOT_ENOUGH_DATA: Refusal = { status: 0x13 };
const BEYOND_END: Refusal = { status: 0xff, extended: 0x2105 };

/**
 * @param fragmented  the request names a byte offset.
 * @param room  bytes of data that the reply may have.
 */
export function readTag(
  tags: TagTable,
  path: readonly PathSegment[],
  request: Buffer,
  fragmented: boolean,
  room: number,
  timeMs: number,
  describe: boolean,
): TagReply | Refusal {
  if (request.length < (fragmented ? 6 : 2)) return NOT_ENOUGH_DATA;
  const elements = request.readUInt16LE(0);
  const from = fragmented ? request.readUInt32LE(2) : 0;
  const place = tags.find(path);
  if ("status" in place) return place;
  if (elements === 0 || elements > place.elements) return BEYOND_END;
  const image = place.tag.image.at(timeMs);
  const whole = elementsOf(place, image, elements);
  if (from > 0 && from >= whole.length) return BEYOND_END;
  const head = headOf(place.type);
  const most = room - head.length;
  if (most < 1) return { status: 0x11 };
  // A controller breaks off between elements where they are small.
  const unit = place.type.kind === "atomic" && most >= place.type.bytes ? place.type.bytes : 1;
  const end = whole.length - from <= most ? whole.length : from + Math.floor(most / unit) * unit;
  const data = Buffer.concat([head, whole.subarray(from, end)]);
  const { tag, offset } = place;
  const [first, last] = place.bit === undefined ? [offset + from, offset + end] : [offset, offset + 1];
  return {
    status: end < whole.length ? PARTIAL : 0,
    data,
    shown: describe ? tag.image.shownIn(first, last) : [],
    shownCount: place.bit === undefined ? tag.image.countIn(first, last) : 1,
  };
}

function headOf(type: ControllerType): Buffer {
  const head = Buffer.alloc(type.kind === "structure" ? 4 : 2);
  head.writeUInt16LE(type.kind === "structure" ? STRUCTURE : type.code, 0);
  if (type.kind === "structure") head.writeUInt16LE(type.handle, 2);
  return head;
}

function elementsOf({ type, offset, bit }: Place, image: Buffer, elements: number): Buffer {
  if (bit !== undefined) return Buffer.from([(image[offset]! >>> bit) & 1]);
  if (isShortString(type)) {
    const each = Array.from({ length: elements }, (_, index) => {
      const at = offset + index * type.bytes;
      return image.subarray(at, at + 1 + image[at]!);
    });
    return Buffer.concat(each);
  }
  return Buffer.from(image.subarray(offset, offset + elements * type.bytes));
}

function isShortString(type: ControllerType): type is AtomicType {
  return type.kind === "atomic" && type.name === "SHORT_STRING";
}
