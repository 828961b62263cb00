import { compressSync } from "lz4-napi";
import nacl from "tweetnacl";
export const used = [compressSync, nacl];
