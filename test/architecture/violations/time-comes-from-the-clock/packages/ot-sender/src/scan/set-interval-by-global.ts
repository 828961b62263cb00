// violates time-comes-from-the-clock
globalThis.setInterval(() => undefined, 1);
