// violates datagrams-in-two-files
export const dgram = await import("node:dgram");
