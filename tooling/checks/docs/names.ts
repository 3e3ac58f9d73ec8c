import { dirname, join } from "node:path";
import type { Check } from "../check.ts";
import { filesBelow, readText } from "../workspace.ts";
import { commandProblems, isCommand } from "./command-names.ts";
import { type KnownNames, knownNames } from "./known-names.ts";
import { outsideNames, placeholders } from "./outside-names.ts";
import { spansOf } from "./spans.ts";

const documents = /^(README|AGENTS|CONTRIBUTING)\.md$|^docs\/.*\.md$|^(packages|apps)\/[^/]+\/README\.md$/;

/**
 * Every name in `code` of the documentation exists: files, packages and their entries, commands, flags, and words of the
 * sources. Sentences in `code` are left alone.
 */
export const names = (steps: () => readonly string[]): Check => ({
  name: "names",
  async run(root) {
    const known = await knownNames(root);
    const problems: string[] = [];
    for (const file of (await filesBelow(root)).filter((path) => documents.test(path)))
      for (const { text, line, kind } of spansOf((await readText(join(root, file))) ?? ""))
        for (const problem of problemsOf(text, { kind, folder: dirname(file), known, steps: steps() }))
          problems.push(`${file}:${line}: \`${text}\`: ${problem}`);
    return problems;
  },
});

interface Place {
  readonly kind: "inline" | "shell";
  /** Folder of the document. */
  readonly folder: string;
  readonly known: KnownNames;
  readonly steps: readonly string[];
}

function problemsOf(text: string, { kind, folder, known, steps }: Place): readonly string[] {
  if (outsideNames.has(text)) return [];
  if (isCommand(text, known)) return commandProblems(text, known, steps);
  if (kind === "shell") return [];
  if (/^@gmem\//.test(text)) return known.modules.has(text) ? [] : ["no package exports it"];
  if (/^@[\w-]+\//.test(text)) return known.text.includes(`"${text}"`) ? [] : ["no package depends on it"];
  if (/^\.?\/[\w-]+$/.test(text) && isEntry(text, known)) return [];
  if (/^--[a-z]/.test(text))
    return new RegExp(`${text}(?![\\w-])`).test(known.text) ? [] : ["no source knows this flag"];
  if (isPath(text)) return pathExists(text, folder, known) ? [] : wordProblems(text, known, "no such file, and");
  const assignments = text.split(" ").every((part) => /^[\w.-]+=\S*$/.test(part));
  if (/[A-Za-z]\s+[A-Za-z]/.test(text) && !assignments) return [];
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
