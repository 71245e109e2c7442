import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "packages/*/simulator/**/*.test.ts",
      "packages/*/simulator/**/*.test.ts",
      "benchmarks/src/**/*.test.ts",
      "benchmarks/test/**/*.test.ts",
    ],
    // Time is never asserted; this only ends a run that hangs.
    testTimeout: 300_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000, interval: 5 } },
  },
});
