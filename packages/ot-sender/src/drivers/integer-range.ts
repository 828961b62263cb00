/** What each integer type of a tag can hold.
 *  fit value, OPC UA convert → [integer range] */
import type { DataType } from "@nonreturn/wire-format";

/** [least, greatest] */
export const INTEGER_RANGES: Readonly<Partial<Record<DataType, readonly [bigint, bigint]>>> = {
  INT8: [-128n, 127n],
  UINT8: [0n, 255n],
  INT16: [-32_768n, 32_767n],
  UINT16: [0n, 65_535n],
  INT32: [-2_147_483_648n, 2_147_483_647n],
  UINT32: [0n, 4_294_967_295n],
  INT64: [-(1n << 63n), (1n << 63n) - 1n],
  UINT64: [0n, (1n << 64n) - 1n],
};
