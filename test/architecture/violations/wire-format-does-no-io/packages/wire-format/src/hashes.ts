import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
export const used = [createHash, deflateSync];
