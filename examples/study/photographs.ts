import { encodeDataset, isLabelled, loadImages, type Subset, split } from "@gmem/datasets";
import { fdRandomVgg, imageStatistics } from "@gmem/metrics";
import type { Dataset, Encoder, ImageExample, VelocityModel } from "@gmem/spec";
import { array, concatRows, type DeviceState, GMemError, type NDArray } from "@gmem/tensor";
import { build, fitPatchKmeans, heun, imageFolder, onnxEngine, patchKmeans, pixels, presets, sample } from "gmem";

/** What the studies share: photographs in the preset cifar-nano, 500 of them held out, with an encoder learned from the rest. */
export async function photographs(data: string) {
  const preset = presets["cifar-nano"]?.config;
  if (preset?.encoder.kind !== "patch-kmeans") throw new GMemError("CONFIG", "study: needs the preset cifar-nano");
  const { kind: _, ...backbone } = preset.backbone;
  const { size } = preset.image;
  const { clusters, patchSize, pooling, dim, whiten } = preset.encoder;
  const engine = await onnxEngine();
  const images = await imageFolder(data, { size, onBad: "skip" });
  const { train: seen, heldOut: unseen } = split(images as Dataset<ImageExample>, { heldOut: 500, seed: 0 });
  const tokenizer = pixels({ size });
  const learned = { engine, clusters, patchSize, pooling: pooling === 2 ? 2 : 3, dim, whiten } as const;
  const encoder = patchKmeans(await fitPatchKmeans(seen, learned), { engine });
  /** Latents, labels where folders are classes, and a bank of one part. */
  const partOf = async (images: Subset<ImageExample>) => {
    const latents = await encodeDataset(images, tokenizer);
    const { labels } = latents;
    return { ...latents, bank: build(await encodeAll(encoder, images), { ...(labels && { labels }) }) };
  };
  let reference: ReturnType<typeof imageStatistics> | undefined;
  return {
    ...{ engine, preset, backbone, size, tokenizer },
    classes: isLabelled(images) ? images.classes.length : 0,
    seen: await partOf(seen),
    unseen: await partOf(unseen),
    /** FD-random-vgg of so many samples to the photographs that are trained on. */
    async distance(model: VelocityModel, state: DeviceState, samples: number): Promise<number> {
      reference ??= imageStatistics(await everyImage(seen), { engine });
      const drawing = { engine, model, tokenizer, state, solver: heun, steps: preset.sampler.steps };
      const request = model.conditioner.parse(undefined);
      const { images } = await sample({ ...drawing, request, count: samples, seed: 0, batchSize: 100 });
      const clamped = images.data.map((x) => Math.min(1, Math.max(0, (x + 1) / 2)));
      return (await fdRandomVgg(await reference, array(clamped, images.shape), { engine })).value;
    },
  };
}

export type Photographs = Awaited<ReturnType<typeof photographs>>;

/** f(x) of every image [N,d]. */
async function encodeAll(encoder: Encoder, images: Dataset<ImageExample>): Promise<NDArray<"f32">> {
  const parts: NDArray<"f32">[] = [];
  for (let from = 0; from < images.length; from += 250)
    parts.push(await encoder.encode(await loadImages(images, rowsFrom(from, Math.min(250, images.length - from)))));
  return concatRows(parts);
}

const rowsFrom = (from: number, count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => from + i);

/** [N,3,H,W] */
const everyImage = (images: Dataset<ImageExample>): Promise<NDArray<"f32">> =>
  loadImages(images, rowsFrom(0, images.length));
