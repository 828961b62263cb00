export interface Driver {
  readonly kind: string;
}
