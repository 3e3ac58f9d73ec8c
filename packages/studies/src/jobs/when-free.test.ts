import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockRun } from "@gmem/trainer";
import { expect, it } from "vitest";
import { whenFree } from "./when-free.ts";

it("waits for a run that is locked, and for nothing else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gmem-free-"));
  const held = await lockRun(folder);
  let tries = 0;
  const take = async (): Promise<string> => {
    if (++tries === 3) await held.release();
    const lock = await lockRun(folder);
    await lock.release();
    return "mine";
  };
  expect(await whenFree(take, { every: 1 })).toBe("mine");
  expect(tries).toBe(3);
  await expect(whenFree(() => Promise.reject(new RangeError("other")))).rejects.toThrow("other");
  const again = await lockRun(folder);
  await expect(whenFree(take, { every: 1, signal: AbortSignal.abort() })).rejects.toThrow(
    /stopped while another process/,
  );
  await again.release();
});
