import { defineConfig, type Options } from "tsup";

/** Library preset: ESM only (Node >= 20.19 can require() it); declarations come from tsc. */
export const lib = (entry: string[], extra: Options = {}): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry,
    outDir: "dist",
    format: ["esm"],
    target: "node20",
    platform: "node",
    dts: false,
    sourcemap: true,
    clean: true,
    splitting: entry.length > 1,
    // src/sit/index.ts becomes dist/sit/index.js even where it is the only entry
    esbuildOptions: (options) => {
      if (entry.every((path) => path.startsWith("src/"))) options.outbase = "src";
    },
    ...extra,
  });
