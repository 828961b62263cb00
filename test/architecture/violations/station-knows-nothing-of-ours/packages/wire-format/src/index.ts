export interface Sample {
  readonly x: number;
}
