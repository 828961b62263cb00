/** What a device's refusal means for its tags: one row of a driver's table of codes.
 *  reply's code → driver's table → [refusal] → sample's status code */

export interface Refusal<Kind extends string> {
  readonly statusCode: number;
  readonly text: string;
  /** What the driver does about it. other: nothing, it asks again with the next scan. */
  readonly kind: Kind;
}

export function refusal<Kind extends string>(statusCode: number, kind: Kind, text: string): Refusal<Kind> {
  return { statusCode, text, kind };
}
