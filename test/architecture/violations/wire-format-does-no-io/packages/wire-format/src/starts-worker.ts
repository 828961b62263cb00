// violates wire-format-does-no-io
export const worker = await import("node:worker_threads");
