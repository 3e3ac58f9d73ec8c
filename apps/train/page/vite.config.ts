import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

/** The page that `gmem-train export --page` copies: it opens what lies beside it, wherever that is served. */
const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: { outDir: "../dist/page", emptyOutDir: true, reportCompressedSize: true },
});

export default config;
