export interface Clock {
  readonly x: number;
}
