export type Lane = "live" | "late";
