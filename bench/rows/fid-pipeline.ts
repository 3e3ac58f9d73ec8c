import { join } from "node:path";
import { loadImages } from "@gmem/datasets";
import { imageFolder } from "@gmem/datasets/folder";
import { onnxEngine } from "@gmem/engine-onnx";
import {
  featureExtractor,
  featureStatistics,
  fidInception,
  frechetDistance,
  type ProtocolName,
  protocols,
  readSide,
} from "@gmem/metrics";
import type { FeatureStatistics } from "@gmem/spec";
import type { Engine, Named, NDArray } from "@gmem/tensor";
import { readTorch } from "@gmem/weights";
import { inFolder } from "../features.ts";
import { alternate, timed } from "../pair.ts";
import { startPeer } from "../peer.ts";
import { writePictures } from "../pictures.ts";
import type { Bench, BenchRow } from "../row.ts";

/** Pictures of each of two folders: few, since every one takes 11 GFLOP. */
const count = 32;
const block = 16;

/** FID of two folders, from files to the number, without the interval that peers do not give. */
async function pipeline(folder: string, how: { engine: Engine; weights: Named<NDArray>; protocol: ProtocolName }) {
  const { engine, weights, protocol } = how;
  const inception = await fidInception({ engine, weights, resize: protocols[protocol].resize, batchSize: block });
  const extractor = featureExtractor(inception);
  const side = async (name: "real" | "fake") => {
    const pictures = await imageFolder(join(folder, name === "real" ? "a" : "b"));
    const blocks = async function* () {
      for (let at = 0; at < pictures.length; at += block)
        yield await loadImages(
          pictures,
          Array.from({ length: Math.min(block, pictures.length - at) }, (_, i) => at + i),
        );
    };
    return readSide(blocks(), { extractor, metrics: ["fid"], side: name });
  };
  const sides = { real: await side("real"), fake: await side("fake") };
  await extractor.dispose();
  const { mean } = protocols[protocol];
  const [a, b] = [sides.real, sides.fake].map(({ features }) =>
    featureStatistics(features as NDArray<"f32">, { engine, mean }),
  ) as [Promise<FeatureStatistics>, Promise<FeatureStatistics>];
  return frechetDistance(await a, await b, { engine });
}

/** The whole way beside a program that people use, whose randomly initialised weights ours reads. */
const beside = async (
  program: "pytorch-fid" | "torch-fidelity",
  { folder, repeats }: { readonly folder: string; readonly repeats: number },
): Promise<BenchRow> => {
  const name = `fid-pipeline-${program}`;
  const peer = await startPeer("fid_pipeline", [program, folder]);
  if (peer.missing !== undefined) return alternate(async () => Number.NaN, { name, peer, repeats: 0, atLeast: 1 });
  const { tensors: weights } = await readTorch(join(folder, "inception.pth"));
  const engine = await onnxEngine({ threads: 2 });
  const ours = () => pipeline(folder, { engine, weights, protocol: program });
  const [own, { fid: other }] = [await ours(), await peer.step()];
  const difference = Math.abs(own / Number(other) - 1).toExponential(0);
  const row = await alternate(() => timed(ours), {
    name,
    peer,
    repeats,
    atLeast: 1,
    note: `FID ${own.toFixed(4)} and ${Number(other).toFixed(4)}, ${difference} apart`,
  });
  await engine.dispose();
  return row;
};

/** FID of two folders of PNG files, from files to the number. */
export const fidPipelineRow: Bench = {
  name: "fid-pipeline",
  async run({ repeats = 2 }) {
    return inFolder(async (folder) => {
      await writePictures(join(folder, "a"), { count, height: 64, width: 64, seed: 4, shift: 0 });
      await writePictures(join(folder, "b"), { count, height: 64, width: 64, seed: 5, shift: 0.1 });
      const rows: BenchRow[] = [];
      for (const program of ["pytorch-fid", "torch-fidelity"] as const)
        rows.push(await beside(program, { folder, repeats }));
      return rows;
    });
  },
};
