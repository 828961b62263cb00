import { here } from "./here.ts";
export const mine = here;
