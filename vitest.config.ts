import { defineConfig } from "vitest/config";

/** What a test waits for comes at once, on a busy machine later: only what never comes is an error. */
const PATIENT = { poll: { timeout: 30_000, interval: 20 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "hardware-sim/test/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: PATIENT,
        },
      },
      {
        test: {
          name: "contract",
          include: [
            "test/contract/**/*.test.ts",
            "test/cases/**/*.test.ts",
            "test/architecture/**/*.test.ts",
            "test/silence/**/*.test.ts",
          ],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: PATIENT,
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["test/end-to-end/**/*.test.ts", "test/crash/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          expect: PATIENT,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "soak",
          include: ["test/soak/**/*.test.ts"],
          testTimeout: 0, // its own settings say how long
          hookTimeout: 120_000,
          expect: PATIENT,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "servers",
          include: ["test/servers/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: PATIENT,
          fileParallelism: false,
        },
      },
    ],
  },
});
