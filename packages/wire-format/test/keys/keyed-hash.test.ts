import { createHmac, createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyedHash } from "../../src/keys/keyed-hash.ts";

const hex = (text: string): Buffer => Buffer.from(text, "hex");

describe("keyed hash", () => {
  // RFC 4231 §4.2, §4.3, §4.4
  it.each([
    ["0b".repeat(20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      "4a656665",
      "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  ])("gives the RFC's HMAC-SHA256 under key %s", (key, text, mac) => {
    expect(Buffer.from(new KeyedHash(createSecretKey(hex(key))).of(hex(text)), "latin1").toString("hex")).toBe(mac);
  });

  it("gives the same as node:crypto, one text after the other, longer and shorter ones", () => {
    const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength });
    fc.assert(
      fc.property(bytes(64), fc.array(bytes(3000), { minLength: 1, maxLength: 6 }), (key, texts) => {
        const secret = createSecretKey(key);
        const keyed = new KeyedHash(secret);
        for (const text of texts)
          expect(keyed.of(text)).toBe(createHmac("sha256", secret).update(text).digest("binary"));
      }),
      { seed: 12 },
    );
  });

  it("refuses a key that RFC 2104 would have hashed first", () => {
    expect(() => new KeyedHash(createSecretKey(Buffer.alloc(65, 1)))).toThrow(RangeError);
  });
});
