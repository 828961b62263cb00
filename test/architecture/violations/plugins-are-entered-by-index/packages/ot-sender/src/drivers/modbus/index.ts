export { schema } from "./config.ts";
