import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Check } from "./check.ts";
import { filesBelow, packagesIn, readText } from "./workspace.ts";

/** Most lines of a source file. */
const maxLines = 300;

/** Largest size of a built entry with the chunks it shares, in kB; `*` is every entry that is not named. */
export const entryLimits: Readonly<Record<string, number>> = {
  "*": 60,
  "@gmem/engine-onnx": 120,
  "@gmem/memory-bank": 90,
  "@gmem/metrics": 125,
  "@gmem/metrics/folders": 125,
  "@gmem/runs": 245,
  "@gmem/runs/convert": 170,
  "@gmem/runs/demo": 125,
  "@gmem/runs/tokenizer": 128,
  "@gmem/testing": 100,
  "@gmem/runs/jobs": 205,
  "@gmem/samplers": 75,
  "@gmem/studies": 120,
  "@gmem/weights": 130,
  "@gmem/tensor": 90,
  "@gmem/trainer": 80,
  "apps/train": 260,
};

/** Largest size of folders that are published with weights, in MB. */
const folderLimits: Readonly<Record<string, number>> = { "packages/drawings/model": 12 };

/** Source files stay short, built entries and folders of weights stay small. */
export const size: Check = {
  name: "size",
  async run(root) {
    const problems: string[] = [];
    for (const parent of ["packages", "apps", "examples", "bench", "tooling", "e2e"])
      for (const file of await filesBelow(join(root, parent))) {
        if (!/\.(ts|js|mjs|cjs)$/.test(file) || /\.test(-d)?\.ts$/.test(file)) continue;
        const text = (await readText(join(root, parent, file))) ?? "";
        const lines = text.split("\n").length - 1;
        if (lines > maxLines && !/^\/\/ generated/i.test(text))
          problems.push(`${parent}/${file}: at most ${maxLines} lines, got ${lines}`);
      }
    for (const { folder, manifest } of [...(await packagesIn(root, "packages")), ...(await packagesIn(root, "apps"))]) {
      for (const [name, path] of entries(manifest)) {
        const key = folder.startsWith("apps/")
          ? folder
          : name === "."
            ? manifest.name
            : `${manifest.name}${name.slice(1)}`;
        const limit = entryLimits[key] ?? (entryLimits["*"] as number);
        const kB = Math.ceil((await closureSize(join(root, folder, path))) / 1000);
        if (kB > limit) problems.push(`${key}: the built entry is at most ${limit} kB, got ${kB} kB`);
      }
    }
    for (const [folder, limit] of Object.entries(folderLimits)) {
      const files = (await filesBelow(join(root, folder))).map(
        async (file) => (await stat(join(root, folder, file))).size,
      );
      const bytes = (await Promise.all(files)).reduce((sum, size) => sum + size, 0);
      if (bytes > limit * 1e6) problems.push(`${folder}: at most ${limit} MB, got ${(bytes / 1e6).toFixed(1)} MB`);
    }
    return problems;
  },
};

function entries(manifest: {
  exports?: Readonly<Record<string, unknown>>;
  bin?: Readonly<Record<string, string>>;
}): [string, string][] {
  const exported = Object.entries(manifest.exports ?? {}).flatMap(([name, target]): [string, string][] => {
    const file = (target as { default?: string }).default;
    return file ? [[name, file]] : [];
  });
  return [...exported, ...Object.entries(manifest.bin ?? {})];
}

/** Bytes of a built file and of the chunks that it imports. */
async function closureSize(entry: string, seen: Set<string> = new Set()): Promise<number> {
  if (seen.has(entry)) return 0;
  seen.add(entry);
  const found = await stat(entry).catch(() => undefined);
  if (!found) return 0;
  let bytes = found.size;
  for (const match of (await readFile(entry, "utf8")).matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g))
    bytes += await closureSize(join(dirname(entry), match[1] as string), seen);
  return bytes;
}
