// violates no-other-socket-on-the-line
import { get } from "node:https";
export const back = get;
