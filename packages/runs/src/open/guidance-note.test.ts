import { expect, it } from "vitest";
import { checkConfig } from "../config/load.ts";
import { guidanceNote } from "./guidance-note.ts";

it("guidance against a null snippet that was never trained is said, other guidance is not", () => {
  const size = { image: { size: 8 }, backbone: { patchSize: 2, depth: 1, hiddenSize: 8, heads: 1 } };
  const run = (changes: object) =>
    checkConfig({ name: "x", data: "scenes", steps: 1, batch: 1, ...size, ...changes }, "x");
  const untrained = run({});
  expect(guidanceNote(untrained, { cfg: 2 })).toMatch(
    /^cfg 2 compares with the null snippet.*objective\.nullProbability=0/,
  );
  expect(guidanceNote(untrained, { cfg: 1 })).toBeUndefined();
  expect(guidanceNote(run({ objective: { nullProbability: 0.1 } }), { cfg: 2 })).toBeUndefined();
  expect(guidanceNote(run({ conditioner: { kind: "class-table" } }), { cfg: 2 })).toBeUndefined();
});
