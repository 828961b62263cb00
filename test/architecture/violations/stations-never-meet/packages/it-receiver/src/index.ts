export interface Store {
  readonly x: number;
}
