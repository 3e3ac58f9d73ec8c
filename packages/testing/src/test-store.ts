import type { Store } from "@gmem/spec";
import { expect } from "vitest";
import { expectRejection } from "./expect-code.ts";
import { type SuiteOptions, suite } from "./suite.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const same = (read: Uint8Array | undefined, wanted: Uint8Array): void =>
  expect(read && Buffer.compare(read, wanted)).toBe(0);
const text = (read: Uint8Array | undefined): string | undefined => read && new TextDecoder().decode(read);

async function keys(store: Store, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.list(prefix)) found.push(key);
  return found;
}

/**
 * What every store does: whole objects, ranges, one winner among many writers, lists longer than a page.
 * @param factory makes an empty store; called again it may give the same one, emptied.
 * @example
 * // no-run
 * import type { Store } from "@gmem/spec";
 * declare const bucket: () => Promise<Store>;
 * testStore("bucket", bucket);
 */
export function testStore(name: string, factory: () => Store | Promise<Store>, options: SuiteOptions = {}): void {
  suite(`store ${name}`, options, (claim) => {
    claim("gives back what was put, to the byte, and the last of two", async () => {
      const store = await factory();
      const all = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 131) & 255);
      await store.put("a/b/all.bin", all);
      same(await store.get("a/b/all.bin"), all);
      await store.put("a/b/all.bin", bytes("new"));
      expect(text(await store.get("a/b/all.bin"))).toBe("new");
      await store.put("empty", new Uint8Array());
      expect(await store.get("empty")).toEqual(new Uint8Array());
      expect(await store.head("empty")).toEqual({ size: 0 });
    });

    claim("gives undefined for a key that is not there, and for the folder of one that is", async () => {
      const store = await factory();
      await store.put("folder/file", bytes("x"));
      for (const key of ["none", "folder", "folder/none", "folder/file/none"]) {
        expect(await store.get(key)).toBeUndefined();
        expect(await store.get(key, { start: 0, end: 1 })).toBeUndefined();
        expect(await store.head(key)).toBeUndefined();
      }
    });

    claim("gives a range, and refuses one outside the object", async () => {
      const store = await factory();
      await store.put("digits", bytes("0123456789"));
      expect(text(await store.get("digits", { start: 3, end: 7 }))).toBe("3456");
      expect(text(await store.get("digits", { start: 0, end: 10 }))).toBe("0123456789");
      expect(text(await store.get("digits", { start: 9, end: 10 }))).toBe("9");
      expect(await store.head("digits")).toEqual({ size: 10 });
      for (const [start, end] of [
        [5, 11],
        [10, 12],
        [4, 4],
        [6, 2],
        [-1, 3],
        [0.5, 2],
        [0, Number.NaN],
      ] as const)
        await expectRejection(() => store.get("digits", { start, end }), "STORE");
    });

    claim("lets one of many writers put what is absent", async () => {
      const store = await factory();
      const writers = Array.from({ length: 8 }, (_, i) => store.putIfAbsent("one", bytes(`writer ${i}`)));
      const won = await Promise.all(writers);
      expect(won.filter((each) => each)).toHaveLength(1);
      expect(text(await store.get("one"))).toBe(`writer ${won.indexOf(true)}`);
      expect(await store.putIfAbsent("one", bytes("late"))).toBe(false);
      await store.delete("one");
      expect(await store.putIfAbsent("one", bytes("after"))).toBe(true);
      expect(text(await store.get("one"))).toBe("after");
    });

    claim("never shows an object in parts while it is written again", async () => {
      const store = await factory();
      const of = (value: number): Uint8Array => new Uint8Array(200_000).fill(value);
      await store.put("moving", of(0));
      const writing = (async () => {
        for (let value = 1; value <= 10; value++) await store.put("moving", of(value));
      })();
      for (let i = 0; i < 10; i++) {
        const read = (await store.get("moving")) as Uint8Array;
        expect(read).toHaveLength(200_000);
        expect(new Set(read).size).toBe(1);
      }
      await writing;
      same(await store.get("moving"), of(10));
    });

    claim("lists the keys of a prefix by their bytes", async () => {
      const store = await factory();
      const all = ["a-b", "a/1", "a/10", "a/2", "a/c/d", "a0", "b/1", "B", "a.b", "a_b"];
      await Promise.all(all.map((key) => store.put(key, bytes(key))));
      expect(await keys(store, "")).toEqual([...all].sort());
      expect(await keys(store, "a/")).toEqual(["a/1", "a/10", "a/2", "a/c/d"]);
      expect(await keys(store, "a/1")).toEqual(["a/1", "a/10"]);
      expect(await keys(store, "none/")).toEqual([]);
    });

    claim("lists more than a thousand keys", async () => {
      const store = await factory();
      const all = Array.from({ length: 1003 }, (_, i) => `many/${String(i).padStart(5, "0")}`);
      for (let start = 0; start < all.length; start += 50)
        await Promise.all(all.slice(start, start + 50).map((key) => store.put(key, bytes("x"))));
      expect(await keys(store, "many/")).toEqual(all);
    });

    claim("deletes, and does not mind what is gone", async () => {
      const store = await factory();
      await store.put("gone/one", bytes("x"));
      await store.put("gone/two", bytes("x"));
      await store.delete("gone/one");
      await store.delete("gone/one");
      expect(await store.get("gone/one")).toBeUndefined();
      expect(await keys(store, "gone/")).toEqual(["gone/two"]);
    });

    claim("refuses keys that are none, before anything is written", async () => {
      const store = await factory();
      for (const key of [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        ".a",
        "a/.b",
        "a b",
        "ä",
        "a\\b",
        "a?b",
        "a".repeat(600),
      ]) {
        await expectRejection(async () => store.put(key, bytes("x")), "CONFIG");
        await expectRejection(async () => store.putIfAbsent(key, bytes("x")), "CONFIG");
        await expectRejection(async () => store.get(key), "CONFIG");
        await expectRejection(async () => store.head(key), "CONFIG");
        await expectRejection(async () => store.delete(key), "CONFIG");
      }
      expect(await keys(store, "")).toEqual([]);
    });
  });
}
