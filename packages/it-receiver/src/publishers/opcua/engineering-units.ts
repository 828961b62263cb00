/** A tag's unit as OPC UA knows units: by its code where that is certain, else by its text alone.
 *  tag definition → [engineering units] → address space
 *  Source: OPC UA Part 8 §5.6.4.3; UN/CEFACT Recommendation 20 (common codes). */
import { type EUInformation, makeEUInformation } from "node-opcua";

/** Of units that have no code here. */
const OWN = "urn:nonreturn:units";
const NO_UNIT_ID = -1; // Part 8: "−1 is used if a unitId is not available"

/** Common codes by symbol. A unit that is missing here is shown by its text; a wrong code would be another unit. */
const COMMON_CODES: Readonly<Record<string, string>> = {
  ...{ "%": "P1", ppm: "59", pH: "Q30" },
  ...{ "°C": "CEL", "°F": "FAH", K: "KEL" },
  ...{ Pa: "PAL", hPa: "A97", kPa: "KPA", MPa: "MPA", mbar: "MBR", bar: "BAR" },
  ...{ mm: "MMT", cm: "CMT", m: "MTR", km: "KMT", "m²": "MTK", m2: "MTK" },
  ...{ ml: "MLT", l: "LTR", L: "LTR", hl: "HLT", "cm³": "CMQ", "m³": "MTQ", m3: "MTQ" },
  ...{ mg: "MGM", g: "GRM", kg: "KGM", t: "TNE" },
  ...{ ms: "C26", s: "SEC", min: "MIN", h: "HUR", d: "DAY" },
  ...{ "1/s": "C97", "1/min": "C94", rpm: "RPM", "r/min": "RPM", Hz: "HTZ", kHz: "KHZ", MHz: "MHZ" },
  ...{ mA: "4K", A: "AMP", mV: "2Z", V: "VLT", kV: "KVT", Ω: "OHM" },
  ...{ W: "WTT", kW: "KWT", MW: "MAW", VA: "D46", kVA: "KVA", var: "D44", kvar: "KVR" },
  ...{ J: "JOU", kJ: "KJO", MJ: "3B", Wh: "WHR", kWh: "KWH", MWh: "MWH" },
  ...{ N: "NEW", kN: "B47", Nm: "NU", N·m: "NU" },
  ...{ "mm/s": "C16", "m/s": "MTS", "m/min": "2X", "km/h": "KMH", "m/s²": "MSK" },
  ...{ "l/s": "G51", "l/min": "L2", "l/h": "E32", "m³/s": "MQS", "m³/h": "MQH", "m3/h": "MQH" },
  ...{ "kg/s": "KGS", "kg/h": "E93", "kg/m³": "KMQ", "g/l": "GL", "mg/l": "M1" },
  ...{ "°": "DD", rad: "C81", lx: "LUX", cd: "CDL", lm: "LUM" },
};

export function unitInformation(unit: string): EUInformation {
  const code = Object.hasOwn(COMMON_CODES, unit) ? COMMON_CODES[unit] : undefined;
  if (code !== undefined) return makeEUInformation(code, unit, unit);
  const own = makeEUInformation("", unit, unit);
  own.namespaceUri = OWN;
  own.unitId = NO_UNIT_ID;
  return own;
}
