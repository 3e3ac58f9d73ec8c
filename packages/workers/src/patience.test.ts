import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryStore, StoreError } from "@gmem/jobs";
import { expect, it } from "vitest";
import { isDiskFull, patientStore } from "./patience.ts";

it("waits for what passes, says it once, and for nothing else", async () => {
  const store = directoryStore(mkdtempSync(join(tmpdir(), "gmem-patience-")));
  const refusals = ["full", "unreachable", "full"] as const;
  let tries = 0;
  const said: string[] = [];
  const failing = {
    ...store,
    async putIfAbsent(key: string, bytes: Uint8Array) {
      const reason = refusals[tries++];
      if (reason) throw new StoreError("store", reason, { message: `is ${reason}` });
      return store.putIfAbsent(key, bytes);
    },
    get: () => Promise.reject(new StoreError("store", "denied", { message: "is not yours" })),
  };
  const patient = patientStore(failing, (text) => said.push(text));
  expect(await patient.putIfAbsent("a", Uint8Array.of(1))).toBe(true);
  expect([tries, said]).toEqual([4, ["store: is full; it is tried again for ten minutes"]]);
  expect(await store.get("a")).toEqual(Uint8Array.of(1));
  await expect(patient.get("a")).rejects.toThrow(/is not yours/);
  expect(isDiskFull(Object.assign(new Error(), { code: "ENOSPC" }))).toBe(true);
  expect(isDiskFull(new Error("full"))).toBe(false);
});
