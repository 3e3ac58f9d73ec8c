import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

/** The page of the server; its address may have a prefix, so all its own are relative. */
const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { outDir: "../dist/page", emptyOutDir: true, reportCompressedSize: true },
});

export default config;
