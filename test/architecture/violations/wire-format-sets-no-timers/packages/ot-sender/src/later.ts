setImmediate(() => undefined);
