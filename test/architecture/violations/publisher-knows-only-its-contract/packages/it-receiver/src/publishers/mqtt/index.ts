import type { Publisher } from "../publisher.ts";
import type { Lane } from "../../record/store.ts";
export type Mine = Publisher | Lane;
