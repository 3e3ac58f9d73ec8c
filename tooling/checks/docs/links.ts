import { stat } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { Check } from "../check.ts";
import { filesBelow, readText } from "../workspace.ts";

/** The anchor GitHub gives a heading. */
const slug = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

const anchors = (text: string): ReadonlySet<string> =>
  new Set([...withoutCode(text).matchAll(/^#{1,6}\s+(.*)$/gm)].map((match) => slug(match[1] as string)));

const withoutCode = (text: string): string =>
  text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, (span) => span.replace(/[[\]()]/g, " "));

/** Every relative link of a markdown file leads to a file, and to a heading if it names one. */
export const links: Check = {
  name: "links",
  async run(root) {
    const problems: string[] = [];
    const files = (await filesBelow(root)).filter((file) => file.endsWith(".md") && !file.endsWith("CHANGELOG.md"));
    for (const file of files) {
      const text = (await readText(join(root, file))) ?? "";
      for (const match of withoutCode(text).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)|(?:src|href)="([^"]+)"/g)) {
        const target = (match[1] ?? match[2]) as string;
        if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const resolved = path === "" ? file : normalize(join(dirname(file), decodeURI(path)));
        if (!(await stat(join(root, resolved)).catch(() => undefined))) {
          problems.push(`${file}: the link "${target}" leads nowhere`);
        } else if (
          anchor &&
          resolved.endsWith(".md") &&
          !anchors((await readText(join(root, resolved))) ?? "").has(anchor)
        )
          problems.push(`${file}: "${target}" names a heading that ${resolved} lacks`);
      }
    }
    return [...problems, ...(await citations(root))];
  },
};

const cited = /(?<![\w/.-])(docs\/[\w/.-]+\.md)(?:, "([^"]+)")?/g;

/** Comments and messages of the sources name documents that exist, and headings that these have. */
async function citations(root: string): Promise<readonly string[]> {
  const problems: string[] = [];
  const headings = new Map<string, ReadonlySet<string> | undefined>();
  for (const file of (await filesBelow(root)).filter((path) => /\.([mc]?[jt]s|py|ya?ml)$/.test(path))) {
    if (/^tooling\/checks\/.*\.test\.ts$/.test(file)) continue; // plants citations
    const text = ((await readText(join(root, file))) ?? "").replace(/\s*\n\s*(\*|\/\/|#)\s*(?!\/)/g, " ");
    for (const [, path = "", heading] of text.matchAll(cited)) {
      if (!headings.has(path)) {
        const found = await readText(join(root, path));
        headings.set(path, found === undefined ? undefined : anchors(found));
      }
      const known = headings.get(path);
      if (!known) problems.push(`${file}: cites ${path}, which does not exist`);
      else if (heading !== undefined && !known.has(slug(heading)))
        problems.push(`${file}: cites "${heading}" of ${path}, which has no such heading`);
    }
  }
  return problems;
}
