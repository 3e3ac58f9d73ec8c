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
    return problems;
  },
};
