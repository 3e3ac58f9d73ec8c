import { expect, it } from "vitest";
import { once } from "./index.ts";

it("is done at the first call, and again after a failure", async () => {
  const calls: number[] = [];
  const work = once(async () => {
    calls.push(calls.length);
    if (calls.length === 1) throw new Error("the first time");
    return {};
  });
  await expect(work()).rejects.toThrow("the first time");
  const [a, b] = await Promise.all([work(), work()]);
  expect(a).toBe(b);
  expect(await work()).toBe(a);
  expect(calls).toEqual([0, 1]);
});
