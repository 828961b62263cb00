// violates native-receive-only-receives
declare const library: { func(prototype: string): (...values: unknown[]) => number };
export const receive = library.func("int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)");
export const answers = library.func(["int64_t send", "to(int fd)"].join(""));
