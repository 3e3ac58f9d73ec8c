import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExtractedSet, extractFeatures, featureCache, pictureSource } from "@gmem/metrics/folders";
import { openEngine, openFeatures } from "@gmem/runs";
import { array, key } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { beforeAll, expect, it } from "vitest";
import { work } from "../test/work.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-work-features-"));
const at = (...path: string[]): string => join(folder, ...path);
const pictures = at("pictures.safetensors");
const store = (name: string): string[] => ["--store", at(`store-${name}`), "--scratch", at(`scratch-${name}`)];

beforeAll(async () => {
  const bytes = Int32Array.from(key(0).uniform([258 * 8 * 8 * 3]).data, (x) => Math.floor(256 * x));
  await writeSafetensors(pictures, { pictures: array(bytes, [258, 8, 8, 3], "i32") });
});

/** What one process gives; of a cache, if what it holds is enough. */
async function extracted(cache?: string): Promise<ExtractedSet> {
  const engine = await openEngine({ kind: "onnx", device: "cpu", threads: 1 });
  const network = await openFeatures("random-vgg", { engine });
  const none = async (): Promise<never> => expect.unreachable("all features are in the cache");
  const extractor = cache === undefined ? network : { ...network, extract: none };
  try {
    return await extractFeatures(await pictureSource(pictures), {
      extractors: [extractor],
      ...(cache && { cache: featureCache(cache) }),
    });
  } finally {
    await network.dispose?.();
    await engine.dispose();
  }
}

it("features come out the same with one process, with three and without any, where gmem-evaluate finds them", async () => {
  const plain = await extracted();
  for (const workers of ["1", "3"]) {
    const cache = at(`cache-${workers}`);
    const args = ["--cache", cache, "--workers", workers, "--json", ...store(workers)];
    const { status, stdout, stderr } = await work(["submit", "features", pictures, ...args]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ shards: 2, out: cache });
    expect({ ...(await extracted(cache)), reused: undefined }).toEqual({ ...plain, reused: undefined });
  }
});

it("what cannot be done is refused before anything is queued", async () => {
  for (const [args, rule] of [
    [[at("nowhere")], /which does not exist/],
    [[pictures, "--features", "incepton"], /Did you mean "inception"\?/],
    [[pictures, "--resize", "crop"], /resize must be none, crop:PIXELS/],
  ] as const) {
    const { status, stderr } = await work(["submit", "features", ...args, "--workers", "1", ...store("refused")]);
    expect(status, stderr).not.toBe(0);
    expect(stderr).toMatch(rule);
  }
  mkdirSync(at("store-refused"), { recursive: true }); // most are refused before there is one
  const { stdout } = await work(["status", "--store", at("store-refused"), "--json"]);
  expect(JSON.parse(stdout).jobs).toEqual([]);
});
