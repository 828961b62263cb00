// violates wire-format-sets-no-timers
setImmediate(() => undefined);
