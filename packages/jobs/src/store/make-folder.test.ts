import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "./make-folder.ts";

it("is made with those above it by many at the same time", async () => {
  const root = await mkdtemp(join(tmpdir(), "gmem-folders-"));
  for (let i = 0; i < 50; i++)
    await Promise.all(
      Array.from({ length: 16 }, (_, j) => makeFolder(join(root, `${i}`, "a", "b", j % 2 === 0 ? "c" : "", `${j}`))),
    );
  for (let i = 0; i < 50; i++) expect(await readdir(join(root, `${i}`, "a", "b"))).toHaveLength(9);
});

it("is not made in a file", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "gmem-folders-")), "file");
  await writeFile(file, "");
  await expect(makeFolder(join(file, "a", "b"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST" });
});
