import { describe, expect, it } from "vitest";
import { qualityOf, StatusCode, statusCodeName } from "../src/status-code.ts";

describe("status codes", () => {
  // OPC UA Part 6 §A.2 (StatusCode.csv), copied by hand from the specification's file.
  it.each([
    ["Good", 0x00000000, "good"],
    ["GoodClamped", 0x00300000, "good"],
    ["UncertainLastUsableValue", 0x40900000, "uncertain"],
    ["UncertainNoCommunicationLastUsableValue", 0x408f0000, "uncertain"],
    ["UncertainSimulatedValue", 0x42090000, "uncertain"],
    ["BadCommunicationError", 0x80050000, "bad"],
    ["BadTimeout", 0x800a0000, "bad"],
    ["BadNoCommunication", 0x80310000, "bad"],
    ["BadNodeIdUnknown", 0x80340000, "bad"],
    ["BadDataEncodingInvalid", 0x80380000, "bad"],
    ["BadOutOfRange", 0x803c0000, "bad"],
    ["BadTypeMismatch", 0x80740000, "bad"],
    ["BadConfigurationError", 0x80890000, "bad"],
    ["BadNotConnected", 0x808a0000, "bad"],
    ["BadDeviceFailure", 0x808b0000, "bad"],
  ] as const)("%s", (name, code, quality) => {
    expect(StatusCode[name]).toBe(code);
    expect(qualityOf(code)).toBe(quality);
    expect(statusCodeName(code)).toBe(name);
  });

  it("have the severity that their name says, and each number once", () => {
    for (const [name, code] of Object.entries(StatusCode)) {
      expect(name.toLowerCase().startsWith(qualityOf(code))).toBe(true);
      expect(statusCodeName(code)).toBe(name);
    }
  });

  it("keep their name whatever the low 16 bits say, and show unknown ones as numbers", () => {
    expect(statusCodeName(0x800a0480)).toBe("BadTimeout");
    expect(statusCodeName(0x80ff0001)).toBe("0x80FF0001");
    expect(qualityOf(0xc0000000)).toBe("bad");
  });
});
