import { existsSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testStore } from "@gmem/testing";
import { expect, it } from "vitest";
import { checkStore } from "./check-store.ts";
import { directoryStore } from "./directory-store.ts";
import { openStore } from "./open-store.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "gmem-store-"));

testStore("directory", () => directoryStore(folder()));

it("keeps only drafts that someone may still be writing", async () => {
  const root = folder();
  const store = directoryStore(root);
  await store.put("a", Uint8Array.of(1));
  expect(readdirSync(join(root, ".drafts"))).toEqual([]);
  for (const name of ["old", "young"]) writeFileSync(join(root, ".drafts", name), "half");
  const yesterday = new Date(Date.now() - 24 * 3_600_000);
  utimesSync(join(root, ".drafts", "old"), yesterday, yesterday);
  await directoryStore(root).put("b", Uint8Array.of(1));
  expect(readdirSync(join(root, ".drafts"))).toEqual(["young"]);
});

it("says which key stands in the way of another", async () => {
  const store = directoryStore(folder());
  await store.put("a", Uint8Array.of(1));
  await expect(store.put("a/b", Uint8Array.of(1))).rejects.toThrow(/"a\/b".*no key is the folder of another/);
});

it("is tried before work begins, and nothing stays of it", async () => {
  const root = folder();
  await checkStore(directoryStore(root));
  expect(existsSync(join(root, "probes")) && readdirSync(join(root, "probes"))).toEqual([]);
  const careless = { ...directoryStore(root), putIfAbsent: async () => true };
  await expect(checkStore(careless)).rejects.toThrow(/must refuse a second write/);
});

it("says what is no folder and cannot become one", async () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");
  for (const place of [file, join(file, "below"), ...(existsSync("/proc/self") ? ["/proc/none/store"] : [])]) {
    const refused = await checkStore(directoryStore(place)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "STORE", reason: "refused", store: `directory:${place}` });
    expect((refused as Error).message).toMatch(
      /must be a folder or become one, got a place that cannot \(E\w+\); name/,
    );
  }
});

it("is opened by a folder's path, and no other scheme is taken for one", () => {
  const root = folder();
  expect(openStore(root).name).toBe(`directory:${root}`);
  expect(() => openStore("ftp://host/x")).toThrow(/a folder or s3:\/\/bucket\/prefix/);
  expect(() => openStore("s3://bucket/x")).toThrow(/needs credentials/);
});
