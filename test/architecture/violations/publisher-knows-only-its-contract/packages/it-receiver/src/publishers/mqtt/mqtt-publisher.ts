// violates publisher-knows-only-its-contract
import { ledger } from "../../record/ledger.ts";
export const mine = ledger;
