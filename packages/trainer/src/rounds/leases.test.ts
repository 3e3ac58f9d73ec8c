import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryStore } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import { expect, it, vi } from "vitest";
import { Leases } from "./leases.ts";

const newStore = (): Store => directoryStore(mkdtempSync(join(tmpdir(), "gmem-leases-")));
const patience = 0.2;

it("a lease is of one of many who ask at once, until it is given back", async () => {
  const store = newStore();
  const all = Array.from({ length: 8 }, () => new Leases(store, { patience: 60 }));
  const held = (await Promise.all(all.map((leases) => leases.claim("part")))).filter((lease) => lease !== undefined);
  expect(held).toHaveLength(1);
  expect(await all[0]?.claim("other")).toBeDefined();
  await held[0]?.release();
  const again = await Promise.all(all.map((leases) => leases.claim("part")));
  expect(again.filter((lease) => lease !== undefined)).toHaveLength(1);
});

it("a lease whose holder says so again and again is not taken", async () => {
  const store = newStore();
  const [holder, other] = [new Leases(store, { patience }), new Leases(store, { patience })];
  const lease = await holder.claim("part");
  const put = vi.spyOn(store, "put");
  const until = performance.now() + 5000 * patience;
  while (performance.now() < until) {
    expect(await other.claim("part")).toBeUndefined();
    put.mockClear();
    await vi.waitUntil(() => put.mock.calls.length > 0, { timeout: 20_000 });
    await put.mock.results[0]?.value;
  }
  await lease?.release();
});

it("the lease of one who is silent is taken, by one of many", async () => {
  const store = newStore();
  await store.putIfAbsent("part-1", new TextEncoder().encode("a process that is gone 0"));
  const others = [1, 2, 3].map(() => new Leases(store, { patience }));
  const taken = await vi.waitUntil(
    async () => {
      const claims = await Promise.all(others.map((leases) => leases.claim("part")));
      const held = claims.filter((lease) => lease !== undefined);
      return held.length > 0 && held;
    },
    { timeout: 20_000 },
  );
  expect(taken).toHaveLength(1);
});
