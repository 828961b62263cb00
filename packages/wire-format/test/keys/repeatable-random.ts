/** Stands in for the injected random bytes: different on every call, the same on every run. */
import { createHash } from "node:crypto";

export function repeatableRandom(seed: string): (bytes: number) => Uint8Array {
  let calls = 0;
  return (bytes) => {
    calls++;
    return new Uint8Array(createHash("sha512").update(`${seed} ${calls}`).digest().subarray(0, bytes));
  };
}
