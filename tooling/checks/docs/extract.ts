/** A piece of code in the documentation, ready to be compiled as a module of its own. */
export interface DocBlock {
  /** Where it stands: `packages/nn/src/linear.ts:12`. */
  readonly at: string;
  readonly kind: "readme" | "example";
  /** Package folder that it belongs to: `packages/nn`; `.` for the root. */
  readonly folder: string;
  readonly code: string;
  readonly run: boolean;
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;
const runs = (code: string): boolean => !/^\s*\/\/ no-run/.test(code);

/** The ```ts blocks of a markdown file. */
export function readmeBlocks(text: string, at: string, folder: string): readonly DocBlock[] {
  return [...text.matchAll(/^```(?:ts|typescript)\b[^\n]*\n([\s\S]*?)^```/gm)].map((match) => {
    const code = match[1] as string;
    return { at: `${at}:${lineOf(text, match.index) + 1}`, kind: "readme", folder, code, run: runs(code) };
  });
}

/** The `@example` blocks of the doc comments of a source file. */
export function exampleBlocks(text: string, at: string, folder: string): readonly DocBlock[] {
  const blocks: DocBlock[] = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const lines = comment[0]
      .replace(/^\/\*\*/, "")
      .replace(/\s*\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""));
    lines.forEach((line, i) => {
      const opening = line.match(/^\s*@example\b(.*)$/);
      if (!opening) return;
      const rest = lines.slice(i + 1);
      const end = rest.findIndex((next) => /^\s*@[a-z]+/i.test(next));
      const body = [opening[1] as string, ...(end < 0 ? rest : rest.slice(0, end))];
      const code = `${body
        .filter((next) => !/^\s*```/.test(next))
        .join("\n")
        .trim()}\n`;
      blocks.push({ at: `${at}:${lineOf(text, comment.index) + i}`, kind: "example", folder, code, run: runs(code) });
    });
  }
  return blocks;
}

/** The names an index exports, types apart. */
export function exportedNames(index: string): readonly { readonly name: string; readonly type: boolean }[] {
  return [...index.matchAll(/export\s+(type\s+)?\{([^}]*)\}/g)].flatMap(([, allTypes, list]) =>
    (list as string)
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .map((part) => ({
        name: part.replace(/^type\s+/, "").replace(/^.*\s+as\s+/, ""),
        type: Boolean(allTypes) || part.startsWith("type "),
      })),
  );
}

/** Import lines for the names that a piece of code uses and neither declares nor imports itself; earlier modules win. */
export function importsFor(
  code: string,
  modules: readonly { readonly specifier: string; readonly names: ReturnType<typeof exportedNames> }[],
): string {
  const bare = code.replace(/\/\/.*$/gm, "").replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  const taken = new Set(
    [
      ...bare.matchAll(/\b(?:const|let|var|function|class|interface|type)\s+(?:\{([^}]*)\}|\[([^\]]*)\]|(\w+))/g),
    ].flatMap((match) =>
      (match[1] ?? match[2] ?? match[3] ?? "").split(",").map((part) =>
        part
          .trim()
          .replace(/^.*:\s*/, "")
          .replace(/\s*=.*$/, ""),
      ),
    ),
  );
  for (const match of bare.matchAll(/\bimport\s+(?:type\s+)?\{([^}]*)\}/g))
    for (const part of (match[1] ?? "").split(","))
      taken.add(
        part
          .trim()
          .replace(/^type\s+/, "")
          .replace(/^.*\s+as\s+/, ""),
      );
  const lines: string[] = [];
  for (const { specifier, names } of modules) {
    const used = names.filter(
      ({ name }) => !taken.has(name) && new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)${name}\\b(?!\\s*:[^:])`).test(bare),
    );
    for (const { name } of used) taken.add(name);
    if (used.length > 0)
      lines.push(
        `import { ${used.map(({ name, type }) => (type ? `type ${name}` : name)).join(", ")} } from "${specifier}";`,
      );
  }
  return lines.join(" ");
}
