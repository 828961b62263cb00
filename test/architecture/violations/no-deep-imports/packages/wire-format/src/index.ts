export * from "./block/seal-block.ts";
