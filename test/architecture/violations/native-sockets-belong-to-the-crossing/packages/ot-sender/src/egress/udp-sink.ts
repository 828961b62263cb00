export { send } from "./native-send.ts";
