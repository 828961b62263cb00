// violates wire-format-sets-no-timers
queueMicrotask(() => undefined);
