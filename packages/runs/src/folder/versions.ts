import { createRequire } from "node:module";
import type { RunConfig } from "../config/schema.ts";

const require = createRequire(import.meta.url);
const versionOf = (name: string): string => (require(`${name}/package.json`) as { readonly version: string }).version;

/** What made a run, for bug reports and for people who want the same numbers; packages of parts from elsewhere included. */
export const versions = (config?: RunConfig): Readonly<Record<string, string>> => ({
  "@gmem/runs": versionOf("@gmem/runs"),
  "@gmem/trainer": versionOf("@gmem/trainer"),
  "@gmem/engine-onnx": versionOf("@gmem/engine-onnx"),
  ...(config ? Object.fromEntries(modulePackages(config).map((name) => [name, installedVersion(name)])) : {}),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
});

/** Packages that parts come from, without subpaths. */
function modulePackages({ data, sampler, ...config }: RunConfig): readonly string[] {
  const parts = [config.backbone, config.tokenizer, config.encoder, config.conditioner, config.textEncoder];
  const names = [...parts, data, sampler.solver].flatMap((part) =>
    typeof part === "object" && part?.kind === "module" ? [part.package] : [],
  );
  return [
    ...new Set(
      names.map((name) =>
        name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/"),
      ),
    ),
  ];
}

/** As the folder of the program has it. */
function installedVersion(name: string): string {
  try {
    return (createRequire(`${process.cwd()}/`)(`${name}/package.json`) as { readonly version: string }).version;
  } catch {
    return "unknown";
  }
}
