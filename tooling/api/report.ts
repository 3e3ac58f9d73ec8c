import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import type { Package } from "../checks/workspace.ts";

/** One entry of a package: what it is imported by, and its declarations. */
interface Entry {
  readonly name: string;
  readonly package: Package;
  readonly declarations: string;
}

/** Where the report of a package is kept. */
export const reportPath = ({ folder, manifest }: Package): string =>
  `${folder}/etc/${manifest.name.replace(/^@[^/]*\//, "")}.api.md`;

/** What packages export, as Markdown: one section an entry, one declaration a paragraph, by package. */
export async function reports(root: string, packages: readonly Package[]): Promise<ReadonlyMap<Package, string>> {
  const entries = packages.flatMap((of) => entriesOf(root, of));
  const folder = await mkdtemp(join(tmpdir(), "api-"));
  try {
    const written = new Map(packages.map((of) => [of, heading(of)]));
    const configs = entries.map((entry) => config(root, entry, folder));
    const [first] = configs;
    if (!first) return written;
    const compilerState = CompilerState.create(first, {
      additionalEntryPoints: entries.map(({ declarations }) => declarations),
    });
    for (const [i, entry] of entries.entries()) {
      const problems: string[] = [];
      const { succeeded } = Extractor.invoke(configs[i] as ExtractorConfig, {
        compilerState,
        localBuild: true,
        messageCallback(message) {
          if (message.logLevel === "error" || message.logLevel === "warning")
            if (!message.messageId.startsWith("console-")) problems.push(message.text);
          message.handled = true;
        },
      });
      if (!succeeded || problems.length > 0) throw new Error(`${entry.name}: ${problems.join("\n") || "no report"}`);
      const text = await readFile((configs[i] as ExtractorConfig).reportFilePath, "utf8");
      written.set(entry.package, `${written.get(entry.package)}\n## ${entry.name}\n\n${declarationsIn(text)}`);
    }
    return written;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const heading = ({ manifest }: Package): string =>
  `# API of ${manifest.name}\n\nWritten by \`pnpm check api --fix\`: what the built declarations export.\n`;

/** The code block of API Extractor's report, without its remarks on documentation. */
function declarationsIn(text: string): string {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
  const kept = code.split("\n").filter((line) => !/^\s*\/\/ (@|\(undocumented\)|\(No @)/.test(line));
  return `\`\`\`ts\n${kept
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n\`\`\`\n`;
}

const entriesOf = (root: string, of: Package): Entry[] =>
  Object.entries(of.manifest.exports ?? {}).flatMap(([path, target]) => {
    const { types } = target as { readonly types?: string };
    const name = `${of.manifest.name}${path.slice(1)}`;
    return types === undefined ? [] : [{ name, package: of, declarations: join(root, of.folder, types) }];
  });

function config(root: string, { name, package: of, declarations }: Entry, folder: string): ExtractorConfig {
  const quiet = { default: { logLevel: "none" as never } };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: join(root, of.folder),
      mainEntryPointFilePath: declarations,
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2023",
            lib: ["es2023"],
            module: "nodenext",
            moduleResolution: "nodenext",
            strict: true,
            exactOptionalPropertyTypes: true,
            skipLibCheck: true,
            types: ["node"],
            typeRoots: [join(root, "node_modules", "@types")],
          },
          files: [declarations],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name.replace(/[@/]/g, "_")}.api.md`,
        reportFolder: folder,
        reportTempFolder: join(folder, "now"),
        includeForgottenExports: true, // a type that an export mentions is part of it
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" as never } },
        extractorMessageReporting: quiet,
        tsdocMessageReporting: quiet,
      },
    },
    configObjectFullPath: join(root, of.folder, "api-extractor.json"), // where paths begin; there is no such file
    packageJsonFullPath: join(root, of.folder, "package.json"),
  });
}
