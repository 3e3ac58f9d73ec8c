import { defineConfig } from "vitest/config";

export default defineConfig({
  // every workspace package is read from its sources: unit tests need no build
  resolve: { conditions: ["@gmem/source"] },
  ssr: { resolve: { conditions: ["@gmem/source", "node", "import", "default"] } },
  test: {
    pool: "forks", // native addons do not like worker threads
    maxWorkers: "100%", // one less is the default: a single one on two cores
    isolate: false, // modules hold no state: they are read once a worker, not once a file
    setupFiles: ["./vitest.setup.ts"],
    testTimeout: 240_000, // a hang, not a slow machine
    hookTimeout: 240_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "tooling/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "apps",
          include: ["apps/*/src/**/*.test.ts", "apps/*/page/**/*.test.ts", "examples/**/*.test.ts", "e2e/**/*.test.ts"],
          env: { NO_COLOR: "1" }, // what is printed is compared as text
        },
      },
    ],
  },
});
