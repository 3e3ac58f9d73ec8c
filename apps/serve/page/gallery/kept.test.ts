import { expect, it } from "vitest";
import { differences, type Kept, withRoom } from "./kept.ts";

const kept = (id: string, length: number): Kept => ({
  id,
  url: "x".repeat(length),
  settings: {},
  bankVersion: null,
  at: 0,
});

it("the newest pictures are kept that there is room for", () => {
  const all = [kept("a", 100), kept("b", 100), kept("c", 10_000)];
  expect(withRoom(all, 1000).map(({ id }) => id)).toEqual(["a", "b"]);
});

it("two pictures differ in the settings that are not equal", () => {
  const one = { run: "mine", rows: [3], seed: 1 };
  expect(differences(one, { run: "mine", rows: [3], seed: 2, steps: 4 })).toEqual(["seed", "steps"]);
  expect(differences(one, { ...one, rows: [3] })).toEqual([]);
});
