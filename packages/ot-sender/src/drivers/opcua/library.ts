/** What is loaded at the first connect, together with node-opcua.
 *  OPC UA driver ⇢ [library] */
export { browseServer } from "./browse.ts";
export { convert, describe } from "./convert.ts";
export { OpcuaSession } from "./opcua-session.ts";
export { subscribe } from "./subscribe.ts";
