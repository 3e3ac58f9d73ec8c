import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const versionOf = (name: string): string => (require(`${name}/package.json`) as { readonly version: string }).version;

/** What made a run, for bug reports and for people who want the same numbers. */
export const versions = (): Readonly<Record<string, string>> => ({
  "@gmem/trainer": versionOf("@gmem/trainer"),
  "@gmem/engine-onnx": versionOf("@gmem/engine-onnx"),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
});
