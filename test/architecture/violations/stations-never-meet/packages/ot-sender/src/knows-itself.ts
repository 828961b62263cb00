export { head } from "./index.ts";
