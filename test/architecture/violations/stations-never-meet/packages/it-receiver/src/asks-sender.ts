// violates stations-never-meet
import { head } from "../../ot-sender/src/index.ts";
export const mine = head;
