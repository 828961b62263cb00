// violates datagrams-in-two-files
import { createSocket } from "node:dgram";
export const socket = createSocket("udp4");
