/** What needs node-opcua, which takes a second and 80 MB to load: only stations with an OPC UA device pay for it.
 *  OPC UA, OPC UA driver ⇢ [library] */
export { browseServer } from "./browse.ts";
export { convertInto, describe } from "./convert.ts";
export { askedNodes, OpcuaSession } from "./opcua-session.ts";
export { subscribe } from "./subscribe.ts";
