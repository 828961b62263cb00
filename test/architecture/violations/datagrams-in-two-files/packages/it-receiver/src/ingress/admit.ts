// violates datagrams-in-two-files
import type { Socket } from "dgram";
export type Mine = Socket;
