import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array } from "@gmem/tensor";
import { writeTorch } from "@gmem/weights";
import { expect, it } from "vitest";
import { locatedWeights } from "./located-weights.ts";

const path = join(mkdtempSync(join(tmpdir(), "gmem-located-")), "a.pt");

it("says which network of a file was taken where it has several, and nothing of a file with one", async () => {
  const said: (string | undefined)[] = [];
  const read = () =>
    locatedWeights("encoder.weights", path, { what: "dinov2", onProgress: ({ result }) => said.push(result) });
  await writeTorch(path, { model: { w: array([1]) }, ema: { w: array([2]) } });
  expect(await read()).toEqual({ w: array([2]) });
  expect(said).toEqual(['encoder.weights: averaged weights, "ema"; the file also has "model"']);
  await writeTorch(path, { state_dict: { w: array([3]) } });
  expect(await read()).toEqual({ w: array([3]) });
  expect(said).toHaveLength(1);
});
