// violates publisher-knows-only-its-contract
import { rows } from "../historian/index.ts";
export const mine = rows;
