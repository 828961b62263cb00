export const id = process.pid;
process.on("exit", () => undefined);
