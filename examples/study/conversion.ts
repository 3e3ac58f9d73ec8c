import { classMeans, ridgeAdapter, snippetTable, tableName } from "@gmem/class-table";
import { linearAdapterNames, velocityModel } from "@gmem/model";
import { partOf } from "@gmem/nn";
import type { Conditioner, Params, VelocityModel } from "@gmem/spec";
import { key, type NDArray, takeRows } from "@gmem/tensor";
import { train } from "@gmem/trainer";
import { type Photographs, photographs } from "./photographs.ts";

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
  const shared = await photographs(data, [`backbone.patchSize=${patchSize}`]);
  const { engine, config, bank, classes: names, model: memory } = shared;
  const distance = async (model: VelocityModel, parameters: Params<NDArray>): Promise<number> => {
    const state = await engine.state(parameters);
    const found = await shared.distance(model, state, samples);
    await state.dispose();
    return found;
  };

  const classes = await shared.modelOf("class-table");
  const [table] = await trained(shared, { model: classes, looks: [steps] });
  if (!table) return;
  yield { model: "class table", step: steps, distance: await distance(classes, table.parameters) };

  const last = looks.slice(-1);
  // E.2: the backbone stays, the S-Adapter takes the table's place
  const { [tableName]: embeddings, ...backbone } = table.parameters;
  const everyClass = Int32Array.from(names, (_, y) => y);
  const fit = ridgeAdapter(await classMeans(bank, names.length), takeRows(embeddings as NDArray<"f32">, everyClass), {
    gain: config.adapter.gain,
  });
  const ridge = { [linearAdapterNames.weight]: fit.weight, [linearAdapterNames.bias]: fit.bias };
  const fresh = Object.fromEntries(
    Object.entries(memory.init(key(1))).filter(([name]) => partOf(name) === "S-Adapter"),
  );
  for (const [name, adapter] of Object.entries({ "bank, fitted adapter": ridge, "bank, new adapter": fresh })) {
    const start = { ...backbone, ...adapter };
    const isFitted = adapter === ridge;
    if (isFitted) yield { model: name, step: 0, distance: await distance(memory, start) };
    for (const { step, parameters } of await trained(shared, { model: memory, looks: isFitted ? looks : last, start }))
      yield { model: name, step, distance: await distance(memory, parameters) };
  }
  for (const { step, parameters } of await trained(shared, { model: classes, looks: last, start: table.parameters }))
    yield { model: "class table, trained on", step, distance: await distance(classes, parameters) };

  // E.1: a bank of k snippets a class
  const [whole] = await trained(shared, { model: memory, looks: [steps] });
  if (!whole) return;
  yield { model: "bank, from scratch", step: steps, distance: await distance(memory, whole.parameters) };
  for (const [pick, perClass] of [
    ["random", 13],
    ["random", 5],
    ["random", 1],
    ["average", 1],
  ] as const) {
    const conditioner = (await snippetTable(bank, { pick, perClass, seed: 0 })) as Conditioner;
    const reduced = velocityModel({ backbone: memory.backbone, conditioner, adapter: config.adapter });
    yield { model: `${pick}@${perClass}`, step: steps, distance: await distance(reduced, whole.parameters) };
  }
  await shared.close();
}

interface TrainedOptions {
  readonly model: VelocityModel;
  readonly looks: readonly number[];
  readonly start?: Params<NDArray>;
}

/**
 * Averaged parameters after so many steps. What begins with a trained average goes on with a quarter of the learning rate and
 * an average over the last hundred steps, not warmed up.
 */
async function trained(shared: Photographs, { model, looks, start }: TrainedOptions) {
  const { engine, config, objective, train: data } = shared;
  const { schedule, batch: batchSize } = config;
  const steps = Math.max(...looks);
  const optimizer = start ? { ...config.optimizer, lr: config.optimizer.lr / 4 } : config.optimizer;
  const ema = start ? { decay: 0.99, warmup: false } : config.ema;
  const begin = start ? { parameters: start } : {};
  const run = await train({ engine, model, data, objective, steps, batchSize, optimizer, schedule, ema, ...begin });
  const seen: { readonly step: number; readonly parameters: Params<NDArray> }[] = [];
  for await (const { step } of run)
    if (looks.includes(step)) seen.push({ step, parameters: await run.parameters("ema") });
  await run.close();
  return seen;
}
