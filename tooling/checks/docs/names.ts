import { dirname, join } from "node:path";
import type { Check } from "../check.ts";
import { filesBelow, readText } from "../workspace.ts";
import { commandProblems, isCommand } from "./command-names.ts";
import { type ConfigKeys, isConfigKey, unknownKeys } from "./config-keys.ts";
import { type KnownNames, knownNames } from "./known-names.ts";
import { outsideNames, placeholders } from "./outside-names.ts";
import { spansOf } from "./spans.ts";

const documents = /^(README|AGENTS|CONTRIBUTING)\.md$|^docs\/.*\.md$|^(packages|apps)\/[^/]+\/README\.md$/;

/** What the check cannot read from files. */
export interface NamesOptions {
  /** Steps of `pnpm check`. */
  readonly steps: () => readonly string[];
  /** Keys of a run's configuration. */
  readonly keys: () => Promise<ConfigKeys>;
}

/**
 * Every name in `code` of the documentation exists: files, packages and their entries, commands, flags, keys of the
 * configuration, and words of the sources. Sentences in `code` are left alone.
 */
export const names = (options: NamesOptions): Check => ({
  name: "names",
  async run(root) {
    const place = { known: await knownNames(root), keys: await options.keys(), steps: options.steps() };
    const problems: string[] = [];
    for (const file of (await filesBelow(root)).filter((path) => documents.test(path)))
      for (const { text, line, kind } of spansOf((await readText(join(root, file))) ?? ""))
        for (const problem of problemsOf(text, { ...place, kind, folder: dirname(file) }))
          problems.push(`${file}:${line}: \`${text}\`: ${problem}`);
    return problems;
  },
});

interface Place {
  readonly kind: "inline" | "shell";
  /** Folder of the document. */
  readonly folder: string;
  readonly known: KnownNames;
  readonly keys: ConfigKeys;
  readonly steps: readonly string[];
}

function problemsOf(text: string, { kind, folder, known, keys, steps }: Place): readonly string[] {
  if (outsideNames.has(text)) return [];
  const settings = text.includes("gmem-evaluate") ? "" : text; // which takes no keys of a configuration
  if (isCommand(text, known)) return [...commandProblems(text, known, steps), ...unknownKeys(settings, keys)];
  if (kind === "shell") return [];
  if (/^@gmem\//.test(text)) return known.modules.has(text) ? [] : ["no package exports it"];
  if (/^@[\w-]+\//.test(text)) return known.text.includes(`"${text}"`) ? [] : ["no package depends on it"];
  if (/^\.?\/[\w-]+$/.test(text) && isEntry(text, known)) return [];
  if (/^--[a-z]/.test(text))
    return new RegExp(`${text}(?![\\w-])`).test(known.text) ? [] : ["no source knows this flag"];
  if (isPath(text)) return pathExists(text, folder, known) ? [] : wordProblems(text, known, "no such file, and");
  if (text.split(" ").every((part) => /^[\w.-]+=\S*$/.test(part)))
    return [...unknownKeys(text, keys), ...wordProblems(text.replace(/(^|\s)[a-z][\w.]*=/g, "$1"), known)];
  if (/^[a-z]\w*\.[\w.]+$/.test(text) && keys.has(text.split(".")[0] ?? ""))
    return isConfigKey(text, keys) || known.text.includes(text) ? [] : [`no configuration and no source has "${text}"`];
  if (/[A-Za-z]\s+[A-Za-z]/.test(text)) return [];
  return wordProblems(text, known);
}

/** `./folder` or `/sit`: an entry of some package. */
const isEntry = (text: string, { modules }: KnownNames): boolean =>
  [...modules].some((name) => name.split("/").slice(2).join("/") === text.replace(/^\.?\//, ""));

const isPath = (text: string): boolean =>
  /^[\w@.*…/-]+$/.test(text) && (text.includes("/") || /\.(ts|js|mjs|cjs|md|py|sh|ya?ml)$|-…$/.test(text));

/** At the root, beside the document, in the package's `src`; documents of the whole repository may name the end of a path. */
function pathExists(text: string, folder: string, { paths }: KnownNames): boolean {
  const body = text
    .replace(/\/$/, "")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*|…/g, "[^/]*")
    .replace(new RegExp(placeholders.join("|"), "g"), "[^/]+");
  const inside = folder.startsWith("packages/") || folder.startsWith("apps/");
  const starts = inside ? `(${folder}/(src/)?)?` : "(.*/)?";
  const pattern = new RegExp(`^${starts}${body}$`);
  return [...paths].some((path) => pattern.test(path));
}

/** Words that no source has. A path of the repository has to exist as a file, whatever its words. */
function wordProblems(text: string, { words }: KnownNames, prefix = ""): readonly string[] {
  if (prefix && /\.(ts|js|mjs|cjs|md|py|sh)$/.test(text)) return ["no such file"];
  const found = text.match(/[A-Za-z_$][\w$]*(?:-\w+)*/g) ?? [];
  const missing = found.filter((word) => {
    const bare = word.replace(new RegExp(`^(${placeholders.join("|")})`), "");
    return bare.length > 1 && !words.has(bare) && !outsideNames.has(bare);
  });
  return missing.length === 0
    ? []
    : [`${prefix} no source has ${missing.map((word) => `"${word}"`).join(", ")}`.trim()];
}
