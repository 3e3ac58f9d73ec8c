import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { duplicates } from "./duplicates.ts";

const logic = `export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[half - 1], sorted[half]];
  if (low === undefined || high === undefined) return Number.NaN;
  return sorted.length % 2 === 0 ? (low + high) / 2 : high;
}
`;

let root = "";
const plant = async (...paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `// ${path}\n${logic}`);
  }
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "duplicates-"));
  await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(root, "node_modules"));
});
afterEach(() => rm(root, { recursive: true }));

describe("duplicates", () => {
  it("finds logic that stands twice, and says where", async () => {
    await plant("packages/metrics/src/middle.ts", "bench/middle.ts");
    const found = await duplicates.run(root);
    expect(found).toHaveLength(1);
    for (const path of ["packages/metrics/src/middle.ts:", "bench/middle.ts:"]) expect(found[0]).toContain(path);
  });

  it("lets tests repeat what they need", async () => {
    await plant(
      "packages/metrics/src/middle.ts",
      "packages/metrics/src/middle.test.ts",
      "packages/metrics/dist/middle.js",
    );
    expect(await duplicates.run(root)).toEqual([]);
  });
});
