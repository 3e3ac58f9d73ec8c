import { classMeans, conditioner as classTable, ridgeAdapter, snippetTable, tableName } from "@gmem/class-table";
import { trainingSet } from "@gmem/datasets";
import type { Conditioner, Params, VelocityModel } from "@gmem/spec";
import { key, type NDArray, takeRows } from "@gmem/tensor";
import { conditioner as memoryBank, objective, sit, snippetMask, train, velocityModel } from "gmem";
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
  const shared = await photographs(data);
  const { engine, preset, backbone: sizes, size, seen } = shared;
  const { bank } = seen;
  const set = trainingSet({ ...seen, snippets: (rows) => bank.at(rows) });
  const modelOf = (conditioner: Conditioner): VelocityModel =>
    velocityModel({
      backbone: sit({ ...sizes, patchSize, latent: [3, size, size] }),
      conditioner,
      adapter: preset.adapter,
    });
  const parts = { engine, set, preset };
  const distance = async (model: VelocityModel, parameters: Params<NDArray>): Promise<number> => {
    const state = await engine.state(parameters);
    const found = await shared.distance(model, state, samples);
    await state.dispose();
    return found;
  };

  const classes = modelOf(classTable({ classes: 10, hiddenSize: sizes.hiddenSize }) as Conditioner);
  const memory = modelOf(memoryBank({ bank }) as Conditioner);
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
    const reduced = modelOf((await snippetTable(bank, { pick, perClass, seed: 0 })) as Conditioner);
    yield { model: `${pick}@${perClass}`, step: steps, distance: await distance(reduced, whole.parameters) };
  }
  await engine.dispose();
}

interface TrainedOptions extends Pick<Photographs, "engine" | "preset"> {
  readonly model: VelocityModel;
  readonly set: Parameters<typeof train>[0]["data"];
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
