// violates native-sockets-belong-to-the-crossing
export { send } from "./native-send.ts";
