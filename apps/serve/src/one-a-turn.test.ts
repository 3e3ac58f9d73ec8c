import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { oneATurn } from "./one-a-turn.ts";

it("those who wait go on in their order, with a turn of the event loop between them", async () => {
  const turn = oneATurn();
  const seen: string[] = [];
  const all = ["a", "b", "c"].map((name) => turn().then(() => seen.push(name)));
  for (const ends of [1, 2, 3]) {
    await nextTurn();
    expect(seen).toHaveLength(ends);
  }
  await Promise.all(all);
  await turn(); // and again after all of them
  expect(seen).toEqual(["a", "b", "c"]);
});
