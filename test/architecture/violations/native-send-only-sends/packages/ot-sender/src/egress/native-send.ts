// violates native-send-only-sends
declare const library: { func(prototype: string): (...values: unknown[]) => number };
export const send = library.func("int64_t sendmsg(int fd, const void *message, int flags)");
export const listens = library.func("int64_t recvfrom(int fd, void *bytes, size_t length, int flags, void *from, void *size)");
