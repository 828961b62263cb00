// violates everything-resolves
import { gone } from "./gone.ts";
export const mine = gone;
