/** OPC UA status codes: how good a sample is, and why not better.
 *  drivers → [status code] → batch → publishers */

/**
 * The codes that this gateway makes or commonly meets. Any other uint32 travels unchanged.
 * Source: OPC UA Part 4 §7.39 (meaning), Part 6 §A.2 (numbers, StatusCode.csv).
 */
export const StatusCode = {
  Good: 0,
  GoodOverload: 0x002f0000,
  GoodClamped: 0x00300000,
  GoodLocalOverride: 0x00960000,
  GoodNoData: 0x00a50000,

  Uncertain: 0x40000000,
  /** Communication to the device has failed; the value is the last good one. */
  UncertainNoCommunicationLastUsableValue: 0x408f0000,
  /** Whatever was updating this value has stopped doing so. */
  UncertainLastUsableValue: 0x40900000,
  UncertainSubstituteValue: 0x40910000,
  UncertainInitialValue: 0x40920000,
  UncertainSensorNotAccurate: 0x40930000,
  UncertainEngineeringUnitsExceeded: 0x40940000,
  UncertainSubNormal: 0x40950000,
  UncertainDataSubNormal: 0x40a40000,
  UncertainSimulatedValue: 0x42090000,

  Bad: 0x80000000,
  BadUnexpectedError: 0x80010000,
  BadInternalError: 0x80020000,
  BadOutOfMemory: 0x80030000,
  BadResourceUnavailable: 0x80040000,
  /** A low level communication error: a connection broke, a frame was damaged. */
  BadCommunicationError: 0x80050000,
  BadEncodingError: 0x80060000,
  BadDecodingError: 0x80070000,
  BadEncodingLimitsExceeded: 0x80080000,
  BadUnknownResponse: 0x80090000,
  BadTimeout: 0x800a0000,
  BadServiceUnsupported: 0x800b0000,
  BadShutdown: 0x800c0000,
  BadServerNotConnected: 0x800d0000,
  BadTooManyOperations: 0x80100000,
  BadDataTypeIdUnknown: 0x80110000,
  BadSecurityChecksFailed: 0x80130000,
  BadUserAccessDenied: 0x801f0000,
  /** Communication is defined but not established, and no last value is known: a device that cannot be reached. */
  BadNoCommunication: 0x80310000,
  BadWaitingForInitialData: 0x80320000,
  BadNodeIdInvalid: 0x80330000,
  BadNodeIdUnknown: 0x80340000,
  BadAttributeIdInvalid: 0x80350000,
  BadIndexRangeInvalid: 0x80360000,
  BadIndexRangeNoData: 0x80370000,
  BadDataEncodingInvalid: 0x80380000,
  BadDataEncodingUnsupported: 0x80390000,
  BadNotReadable: 0x803a0000,
  BadNotWritable: 0x803b0000,
  BadOutOfRange: 0x803c0000,
  BadNotSupported: 0x803d0000,
  BadNotFound: 0x803e0000,
  BadObjectDeleted: 0x803f0000,
  BadNotImplemented: 0x80400000,
  BadTypeMismatch: 0x80740000,
  BadRequestTimeout: 0x80850000,
  BadConfigurationError: 0x80890000,
  /** In the specification: "never configured to receive its value". For a device that cannot be reached use BadNoCommunication. */
  BadNotConnected: 0x808a0000,
  BadDeviceFailure: 0x808b0000,
  BadSensorFailure: 0x808c0000,
  BadOutOfService: 0x808d0000,
  BadNoData: 0x809b0000,
  BadDataLost: 0x809d0000,
  BadDataUnavailable: 0x809e0000,
  BadInvalidArgument: 0x80ab0000,
  BadConnectionRejected: 0x80ac0000,
  BadDisconnect: 0x80ad0000,
  BadConnectionClosed: 0x80ae0000,
  BadInvalidState: 0x80af0000,
  BadEndOfStream: 0x80b00000,
  BadNoDataAvailable: 0x80b10000,
  BadWaitingForResponse: 0x80b20000,
  BadOperationAbandoned: 0x80b30000,
  BadSyntaxError: 0x80b60000,
  BadRequestTooLarge: 0x80b80000,
  BadResponseTooLarge: 0x80b90000,
  BadTooManyMonitoredItems: 0x80db0000,
} as const;
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** The two severity bits of a status code, as publishers show them. */
export type Quality = "good" | "uncertain" | "bad";

/**
 * Severity of a status code: bits 30 and 31. Part 4 §7.39: "11 Reserved for future use; clients should treat it as Bad".
 *
 * @param statusCode uint32
 */
export function qualityOf(statusCode: number): Quality {
  const severity = statusCode >>> 30;
  return severity === 0 ? "good" : severity === 1 ? "uncertain" : "bad";
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(StatusCode).map(([name, code]) => [code, name]));

/**
 * "BadTimeout", or "0x80…" for a code not listed here. The low 16 bits (info and structure flags) do not change the name.
 *
 * @param statusCode uint32
 */
export function statusCodeName(statusCode: number): string {
  return (
    NAMES.get((statusCode & 0xffff0000) >>> 0) ?? `0x${(statusCode >>> 0).toString(16).toUpperCase().padStart(8, "0")}`
  );
}
