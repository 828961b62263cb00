// violates no-other-socket-on-the-line
import { connect } from "node:net";
export const back = connect(1);
