import { connect } from "node:net";
export const plc = connect;
