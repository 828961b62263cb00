// violates simulation-imports-no-station
import { head } from "../../packages/ot-sender/src/index.ts";
export const mine = head;
