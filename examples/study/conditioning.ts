import { conditioner as classTable } from "@gmem/class-table";
import { encodeDataset, isLabelled, split, trainingSet } from "@gmem/datasets";
import { fdRandomVgg, heldOutLoss, imageStatistics } from "@gmem/metrics";
import type { Conditioner, Dataset, ImageExample } from "@gmem/spec";
import { array, GMemError } from "@gmem/tensor";
import { conditioner as unconditional } from "@gmem/unconditional";
import {
  build,
  fitPatchKmeans,
  heun,
  imageFolder,
  conditioner as memoryBank,
  objective,
  onnxEngine,
  patchKmeans,
  pixels,
  presets,
  sample,
  sit,
  snippetMask,
  train,
  velocityModel,
} from "gmem";
import { encodeAll, everyImage } from "./every-image.ts";

/** Which runs, and how often they are looked at. */
export interface Study {
  readonly data: string;
  readonly kinds: readonly Kind[];
  readonly seeds: readonly number[];
  readonly steps: number;
  /** Steps between held-out losses. */
  readonly lossEvery: number;
  /** Steps between Fréchet distances; 0 for none. */
  readonly distanceEvery: number;
  /** Samples of a distance. */
  readonly samples: number;
}

export type Kind = "snippet" | "class" | "none";

/** One look at one run. */
export interface Look {
  readonly kind: Kind;
  readonly seed: number;
  readonly step: number;
  readonly loss: number;
  /** Held-out loss at t ≥ 0.5. */
  readonly noisy: number;
  /** FD-random-vgg. */
  readonly distance?: number;
}

const conditioners = { snippet: memoryBank, class: classTable, none: unconditional } as const;

/** The preset cifar-nano with a bank, a class table and nothing, over seeds: what is learned in how many steps. */
export async function* study({
  data,
  kinds,
  seeds,
  steps,
  lossEvery,
  distanceEvery,
  samples,
}: Study): AsyncGenerator<Look> {
  const preset = presets["cifar-nano"]?.config;
  if (preset?.encoder.kind !== "patch-kmeans") throw new GMemError("CONFIG", "study: needs the preset cifar-nano");
  const { kind: _, ...backbone } = preset.backbone;
  const { size } = preset.image;
  const { clusters, patchSize, pooling, dim, whiten } = preset.encoder;
  const engine = await onnxEngine();
  const images = await imageFolder(data, { size, onBad: "skip" });
  const { train: seen, heldOut: unseen } = split(images as Dataset<ImageExample>, { heldOut: 500, seed: 0 });
  const tokenizer = pixels({ size });
  const [latents, heldOutLatents] = [await encodeDataset(seen, tokenizer), await encodeDataset(unseen, tokenizer)];
  const encoder = patchKmeans(
    await fitPatchKmeans(seen, { engine, clusters, patchSize, pooling: pooling === 2 ? 2 : 3, dim, whiten }),
    { engine },
  );
  const [bank, unseenBank] = [build(await encodeAll(encoder, seen)), build(await encodeAll(encoder, unseen))];
  const set = trainingSet({ ...latents, snippets: (rows) => bank.at(rows) });
  const heldOut = trainingSet({ ...heldOutLatents, snippets: (rows) => unseenBank.at(rows) });
  const classes = isLabelled(images) ? images.classes.length : 0;
  const reference = distanceEvery > 0 ? await imageStatistics(await everyImage(seen), { engine }) : undefined;
  for (const seed of seeds)
    for (const kind of kinds) {
      const source: Conditioner = (await conditioners[kind](
        { bank, classes },
        { hiddenSize: backbone.hiddenSize },
      )) as Conditioner;
      const model = velocityModel({
        backbone: sit({ ...backbone, latent: [3, size, size] }),
        conditioner: source,
        adapter: preset.adapter,
      });
      const { optimizer, schedule, ema } = preset;
      const run = await train({
        ...{ engine, model, data: set, steps, seed, batchSize: preset.batch, optimizer, ema },
        ...(schedule ? { schedule } : {}),
        objective: objective({ mask: snippetMask(preset.objective.mask) }),
      });
      const parameters = run.state.scope("ema/");
      for await (const { step } of run) {
        if (step % lossEvery !== 0) continue;
        const { all, noisy } = await heldOutLoss({ engine, model, parameters, set: heldOut, times: 10 });
        const look = { kind, seed, step, loss: all.mean, noisy: noisy.mean };
        if (!reference || step % distanceEvery !== 0) {
          yield look;
          continue;
        }
        const parts = { engine, model, tokenizer, state: parameters, solver: heun, steps: preset.sampler.steps };
        const drawn = await sample({
          ...parts,
          request: source.parse(undefined),
          count: samples,
          seed: 0,
          batchSize: 100,
        });
        const pictures = array(
          drawn.images.data.map((x) => Math.min(1, Math.max(0, (x + 1) / 2))),
          drawn.images.shape,
        );
        yield { ...look, distance: (await fdRandomVgg(reference, pictures, { engine })).value };
      }
      await run.close();
    }
  await engine.dispose();
}
