export type Order = "big" | "little";
