/** Finds out where a tag lies in a device and how its bytes become a value.
 *  tag address + device config → [place tag] → plan */
import type { DataType } from "@nonreturn/wire-format";
import type { TagAddress } from "../driver.ts";
import { isBitTable, parseAddress, type Table } from "./address.ts";
import { type ModbusDeviceConfig, modbusTag } from "./config.ts";
import { type Conversion, conversionOf, registersOf } from "./convert.ts";

export interface PlacedTag {
  readonly unit: number;
  readonly table: Table;
  /** First register or bit. */
  readonly start: number; // 0 … 65535
  /** Registers, or bits of co and di. */
  readonly quantity: number;
  /** Undefined for co and di, whose value is the bit itself. */
  readonly convert: Conversion | undefined;
}

/** @returns the place, or what is wrong and what to write. Never throws, whatever the address. */
export function placeTag(tag: TagAddress, config: ModbusDeviceConfig): PlacedTag | { readonly mistake: string } {
  const address = parseAddress(tag.address);
  if ("mistake" in address) return address;
  const parsed = modbusTag.safeParse(tag.options);
  if (!parsed.success)
    return { mistake: `${parsed.error.issues[0]?.message ?? "its options are wrong"}; see docs/drivers.md` };
  const options = parsed.data;
  const { table, offset, bit } = address;
  const unit = address.unit ?? config.unit;
  const { dataType } = tag;

  if (isBitTable(table)) {
    if (dataType !== "BOOLEAN") return { mistake: `${tag.address} is one bit, not ${dataType}; write type: BOOLEAN` };
    return { unit, table, start: offset, quantity: 1, convert: undefined };
  }
  if (bit !== undefined && dataType !== "BOOLEAN")
    return { mistake: `${tag.address} is one bit, not ${dataType}; write type: BOOLEAN, or leave .${bit} out` };
  const sized = dataType === "STRING" || dataType === "BYTES";
  if (sized && options.length === undefined)
    return { mistake: `a ${dataType} needs its length in bytes; write length: 16` };
  if (!sized && options.length !== undefined)
    return { mistake: `${dataType} has its own length; remove length, or write type: STRING` };
  const length = options.length ?? 0;
  const quantity = registersOf(dataType, length);
  if (quantity === undefined) return { mistake: `Modbus has no ${dataType}; write one of: ${MODBUS_TYPES.join(", ")}` };
  if (quantity > config.maxRegisters)
    return {
      mistake: `it takes ${quantity} registers, more than one request reads (maxRegisters ${config.maxRegisters}); write a shorter length`,
    };
  if (offset + quantity > 65_536)
    return { mistake: `it takes ${quantity} registers and ends beyond 65535; write a lower address` };
  const convert = conversionOf({
    dataType,
    byteOrder: options.byteOrder ?? config.byteOrder,
    // A tag's own byteOrder widens by itself; the device's 64-bit order belongs to the device's byteOrder.
    byteOrder64: options.byteOrder64 ?? (options.byteOrder === undefined ? config.byteOrder64 : undefined),
    bit,
    byte: options.byte ?? "low",
    length,
    charOrder: options.charOrder,
    encoding: options.encoding ?? "utf-8",
  });
  return { unit, table, start: offset, quantity, convert };
}

const MODBUS_TYPES: readonly DataType[] = [
  "BOOLEAN",
  "INT8",
  "UINT8",
  "INT16",
  "UINT16",
  "INT32",
  "UINT32",
  "INT64",
  "UINT64",
  "FLOAT16",
  "FLOAT32",
  "FLOAT64",
  "STRING",
  "BYTES",
];
