// violates driver-knows-only-its-contract
import { scan } from "../../scan/scanner.ts";
export const mine = scan;
