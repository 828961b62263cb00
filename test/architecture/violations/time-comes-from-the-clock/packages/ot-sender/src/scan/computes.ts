// Date.now() in a comment, and what only computes, is fine.
export interface Timed {
  setTimeout(ms: number): void;
  readonly at: Date;
}
export const then = new Date(5).getTime() + Date.UTC(2026, 10, 23) + Date.parse("2026-11-23T08:00:00Z");
export const text = "setTimeout";
export const set = (timed: Timed): void => timed.setTimeout(1);
export const isDate = (value: unknown): boolean => value instanceof Date;
export const object = { performance: 1 };
