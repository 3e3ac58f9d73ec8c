import { classMeans, conditioner as classTable, fromBank, ridgeAdapter, tableName } from "@gmem/class-table";
import { encodeDataset, isLabelled, split, trainingSet } from "@gmem/datasets";
import { fdRandomVgg, imageStatistics } from "@gmem/metrics";
import type { Conditioner, Params, VelocityModel } from "@gmem/spec";
import { array, type Engine, GMemError, key, type NDArray, takeRows } from "@gmem/tensor";
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

/** How long, how often and how exactly. */
export interface ConversionStudy {
  readonly data: string;
  /** Of the class-conditional model and of the one with a bank. */
  readonly steps: number;
  readonly patchSize: number;
  /** Steps after the swap at which the distance is measured. */
  readonly looks: readonly number[];
  /** Samples of a distance. */
  readonly samples: number;
}

/** One distance. */
export interface ConversionLook {
  readonly model: string;
  readonly step: number;
  readonly distance: number;
}

/**
 * Appendix E on photographs: a class-conditional SiT whose table gives way to a bank (E.2), beside the same model trained on
 * with its labels; and a bank reduced to k snippets a class (E.1, Table 4).
 */
export async function* conversion(options: ConversionStudy): AsyncGenerator<ConversionLook> {
  const { data, steps, patchSize, looks, samples } = options;
  const preset = presets["cifar-nano"]?.config;
  if (preset?.encoder.kind !== "patch-kmeans") throw new GMemError("CONFIG", "study: needs the preset cifar-nano");
  const { kind: _, ...sizes } = preset.backbone;
  const { size } = preset.image;
  const { clusters, patchSize: patch, pooling, dim, whiten } = preset.encoder;
  const engine = await onnxEngine();
  const images = await imageFolder(data, { size, onBad: "skip" });
  if (!isLabelled(images)) throw new GMemError("DATA", "study: needs a folder for each class");
  const { train: seen } = split(images, { heldOut: 500, seed: 0 });
  const { labels } = seen;
  const latents = await encodeDataset(seen, pixels({ size }));
  const learned = { engine, clusters, patchSize: patch, pooling: pooling === 2 ? 2 : 3, dim, whiten } as const;
  const encoder = patchKmeans(await fitPatchKmeans(seen, learned), { engine });
  const bank = build(await encodeAll(encoder, seen), { labels });
  const set = trainingSet({ ...latents, labels, snippets: (rows) => bank.at(rows) });
  const reference = await imageStatistics(await everyImage(seen), { engine });

  const modelOf = (conditioner: Conditioner): VelocityModel =>
    velocityModel({
      backbone: sit({ ...sizes, patchSize, latent: [3, size, size] }),
      conditioner,
      adapter: preset.adapter,
    });
  const parts = { engine, set, preset };
  const distance = async (model: VelocityModel, parameters: Params<NDArray>): Promise<number> => {
    const request = model.conditioner.parse(undefined);
    const drawing = { engine, model, parameters, tokenizer: pixels({ size }), solver: heun };
    const drawn = await sample({
      ...drawing,
      steps: preset.sampler.steps,
      request,
      count: samples,
      seed: 0,
      batchSize: 100,
    });
    const clamped = drawn.images.data.map((x) => Math.min(1, Math.max(0, (x + 1) / 2)));
    return (await fdRandomVgg(reference, array(clamped, drawn.images.shape), { engine })).value;
  };

  const classes = modelOf((await classTable({ classes: 10 }, { hiddenSize: sizes.hiddenSize })) as Conditioner);
  const memory = modelOf((await memoryBank({ bank })) as Conditioner);
  const [table] = await trained({ ...parts, model: classes, looks: [steps] });
  if (!table) return;
  yield { model: "class table", step: steps, distance: await distance(classes, table.parameters) };

  const last = looks.slice(-1);
  // E.2: the backbone stays, the S-Adapter takes the table's place
  const { [tableName]: embeddings, ...backbone } = table.parameters;
  const fit = ridgeAdapter(
    await classMeans(bank, 10),
    takeRows(
      embeddings as NDArray<"f32">,
      Int32Array.from({ length: 10 }, (_, y) => y),
    ),
    { gain: preset.adapter.gain },
  );
  const ridge = { "condition_projection.linear.weight": fit.weight, "condition_projection.linear.bias": fit.bias };
  const fresh = Object.fromEntries(
    Object.entries(memory.init(key(1))).filter(([name]) => name.startsWith("condition_projection")),
  );
  for (const [name, adapter] of Object.entries({ "bank, fitted adapter": ridge, "bank, new adapter": fresh })) {
    const start = { ...backbone, ...adapter };
    const isFitted = adapter === ridge;
    if (isFitted) yield { model: name, step: 0, distance: await distance(memory, start) };
    for (const { step, parameters } of await trained({
      ...parts,
      model: memory,
      looks: isFitted ? looks : last,
      start,
    }))
      yield { model: name, step, distance: await distance(memory, parameters) };
  }
  for (const { step, parameters } of await trained({ ...parts, model: classes, looks: last, start: table.parameters }))
    yield { model: "class table, trained on", step, distance: await distance(classes, parameters) };

  // E.1: a bank of k snippets a class
  const [whole] = await trained({ ...parts, model: memory, looks: [steps] });
  if (!whole) return;
  yield { model: "bank, from scratch", step: steps, distance: await distance(memory, whole.parameters) };
  for (const [pick, perClass] of [
    ["random", 13],
    ["random", 5],
    ["random", 1],
    ["average", 1],
  ] as const) {
    const reduced = modelOf((await fromBank(bank, { pick, perClass, seed: 0 })) as Conditioner);
    yield { model: `${pick}@${perClass}`, step: steps, distance: await distance(reduced, whole.parameters) };
  }
  await engine.dispose();
}

interface TrainedOptions {
  readonly engine: Engine;
  readonly model: VelocityModel;
  readonly set: Parameters<typeof train>[0]["data"];
  readonly preset: NonNullable<(typeof presets)[string]>["config"];
  readonly looks: readonly number[];
  readonly start?: Params<NDArray>;
}

/**
 * Averaged parameters after so many steps. What begins with a trained average goes on with a quarter of the learning rate and
 * an average over the last hundred steps, not warmed up.
 */
async function trained({ engine, model, set, preset, looks, start }: TrainedOptions) {
  const { schedule, batch } = preset;
  const optimizer = start ? { ...preset.optimizer, lr: preset.optimizer.lr / 4 } : preset.optimizer;
  const ema = start ? { decay: 0.99, warmup: false } : preset.ema;
  const run = await train({
    ...{ engine, model, data: set, steps: Math.max(...looks), batchSize: batch, optimizer, ema },
    ...(schedule ? { schedule } : {}),
    ...(start ? { parameters: start } : {}),
    objective: objective({ mask: snippetMask(preset.objective.mask) }),
  });
  const seen: { readonly step: number; readonly parameters: Params<NDArray> }[] = [];
  for await (const { step } of run)
    if (looks.includes(step)) seen.push({ step, parameters: await run.parameters("ema") });
  await run.close();
  return seen;
}
