// violates time-comes-from-the-clock
setTimeout(() => undefined, 1);
