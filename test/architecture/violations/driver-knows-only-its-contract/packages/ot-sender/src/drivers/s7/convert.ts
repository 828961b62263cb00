// violates driver-knows-only-its-contract
import type { Order } from "../modbus/convert.ts";
export type Mine = Order;
