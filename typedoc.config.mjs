// The reference of everything that is published, from the doc comments of the sources: pnpm reference
import { readdirSync, readFileSync } from "node:fs";
import { Converter, ReflectionKind } from "typedoc";

/** The name that each entry is imported by, and its source, by the name that typedoc gives it: `nn/src`. */
const entries = new Map();
for (const folder of readdirSync("packages")) {
  const { name, private: hidden, exports } = JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8"));
  if (hidden) continue;
  for (const [path, { "@gmem/source": source }] of Object.entries(exports))
    if (source) {
      const from = `${folder}${source.slice(1)}`;
      entries.set(from.replace("/index.ts", ""), { name: `${name}${path.slice(1)}`, source: `packages/${from}` });
    }
}

const nameModules = ({ converter }) =>
  converter.on(Converter.EVENT_CREATE_DECLARATION, (_, module) => {
    if (module.kindOf(ReflectionKind.Module)) module.name = entries.get(module.name)?.name ?? module.name;
  });

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "GMem",
  plugin: [nameModules],
  entryPoints: [...entries.values()].map(({ source }) => source),
  tsconfig: "tsconfig.docs.json",
  skipErrorChecking: true, // pnpm check types does that
  out: "docs/reference",
  readme: "none",
  excludePrivate: true,
  excludeInternal: true,
  hideGenerator: true,
  treatWarningsAsErrors: true, // a {@link} that leads nowhere, a type that nobody can import
  treatValidationWarningsAsErrors: true,
};
