export interface Publisher {
  readonly x: number;
}
