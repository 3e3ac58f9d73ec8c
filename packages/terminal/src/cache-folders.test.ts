import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cacheFolder, withFetchedWeights } from "./cache-folders.ts";

it("our cache is in the user's, wherever that is", () => {
  expect(cacheFolder("features", {})).toBe(join(homedir(), ".cache", "gmem", "features"));
  expect(cacheFolder("work", { XDG_CACHE_HOME: "/cache" })).toBe(join("/cache", "gmem", "work"));
});

it("inception takes the weights that PyTorch's programs have fetched, unless it names others", () => {
  const home = mkdtempSync(join(tmpdir(), "gmem-torch-"));
  const environment = { TORCH_HOME: home };
  expect(withFetchedWeights("inception", environment)).toBe("inception");
  const checkpoints = join(home, "hub", "checkpoints");
  mkdirSync(checkpoints, { recursive: true });
  const file = join(checkpoints, "pt_inception-2015-12-05-6726825d.pth");
  writeFileSync(file, "");
  expect(withFetchedWeights("inception", environment)).toBe(`inception=${file}`);
  expect(withFetchedWeights("inception=mine.pth", environment)).toBe("inception=mine.pth");
  expect(withFetchedWeights("random-vgg", environment)).toBe("random-vgg");
});
