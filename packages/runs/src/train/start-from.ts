import { doublePatch, type GridConfig, resizeGrid } from "@gmem/backbones/transfer";
import { classMeans, ridgeAdapter, tableName } from "@gmem/class-table";
import type { Bank } from "@gmem/memory-bank";
import { linearAdapterNames } from "@gmem/model";
import { partOf } from "@gmem/nn";
import type { Params, VelocityModel } from "@gmem/spec";
import { GMemError, key, type NDArray, sameShape, takeRows } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { latentShape } from "../parts/tokenizer.ts";

/**
 * Parameters of a new run out of a finished one: the backbone as it is, or brought to another patch or image size (G.4); what
 * conditions it stays if it is of the same kind. From a class table to a bank the S-Adapter is fitted (E.2).
 * @throws {GMemError} code `CONFIG` if no run is named, `WEIGHTS` if it is of another network.
 */
export async function startFrom(
  config: RunConfig,
  parts: { readonly model: VelocityModel; readonly bank?: Bank | undefined; readonly classes: number },
): Promise<{ readonly parameters: Params<NDArray>; readonly note: string } | undefined> {
  const { start, seed } = config;
  if (!start) return undefined;
  if (start.run === null) {
    const reached = start.preset ? `, such as ${start.preset} after ${start.steps} steps` : "";
    throw new GMemError("CONFIG", `start.run: needs the run folder to begin with${reached}; give start.run=FOLDER`);
  }
  const files = runFiles(start.run);
  const before = readRunConfig(files);
  const { tensors } = await readSafetensors(files.model);
  const carried = await transferred(tensors, { from: before.config, to: config });
  const { model, bank, classes } = parts;
  let fresh: Params<NDArray> | undefined; // drawn only if something is new
  const fitted = await fittedAdapter(config, { tensors, from: before.config, bank, classes });
  const result: Record<string, NDArray> = {};
  const isOwn = (name: string): boolean => !["backbone", "position table"].includes(partOf(name));
  const drawn: string[] = [];
  for (const [name, { shape }] of Object.entries(model.avals())) {
    const found = fitted?.[name] ?? carried[name];
    if (found && sameShape(found.shape, shape)) result[name] = found;
    else if (isOwn(name)) {
      fresh ??= model.init(key(seed).split("parameters"));
      result[name] = fresh[name] as NDArray;
      drawn.push(name);
    } else
      throw new GMemError(
        "WEIGHTS",
        `start.run: ${files.model} must hold "${name}" [${shape}], got ${found ? `[${found.shape}]` : "none"}; give this run the backbone of ${start.run}`,
      );
  }
  const note = `begins with ${start.run}${fitted ? ", S-Adapter fitted to its class table" : ""}${drawn.length ? `, new: ${drawn.join(", ")}` : ""}`;
  return { parameters: result, note };
}

/** The backbone at the patch and the grid of the new run. */
async function transferred(
  tensors: Params<NDArray>,
  { from, to }: { readonly from: RunConfig; readonly to: RunConfig },
): Promise<Params<NDArray>> {
  if (from.backbone.kind === "module" || to.backbone.kind === "module") return tensors; // as it is, or not at all
  const { patchSize, hiddenSize } = from.backbone;
  let grid: GridConfig = { latent: await latentShape(from), patchSize, hiddenSize };
  let parameters = tensors;
  while (grid.patchSize < to.backbone.patchSize) ({ parameters, config: grid } = doublePatch(parameters, grid));
  const latent = await latentShape(to);
  const positions = to.start?.positions ?? "recompute";
  if (
    grid.patchSize === to.backbone.patchSize &&
    grid.latent[0] === latent[0] &&
    String(grid.latent) !== String(latent)
  )
    ({ parameters } = resizeGrid(parameters, grid, { latent, positions }));
  return parameters;
}

/** The ridge fit, where a class table gives way to a bank. */
async function fittedAdapter(
  { start, adapter, conditioner }: RunConfig,
  parts: {
    readonly tensors: Params<NDArray>;
    readonly from: RunConfig;
    readonly bank: Bank | undefined;
    readonly classes: number;
  },
): Promise<Params<NDArray> | undefined> {
  const { tensors, from, bank, classes } = parts;
  const table = tensors[tableName] as NDArray<"f32"> | undefined;
  const swaps = from.conditioner.kind === "class-table" && conditioner.kind === "memory-bank";
  if (!start?.warm || !swaps || !table || !bank?.labels || adapter.kind !== "linear") return undefined;
  const means = await classMeans(bank, classes);
  const embeddings = takeRows(
    table,
    Int32Array.from({ length: classes }, (_, y) => y),
  );
  const { weight, bias } = ridgeAdapter(means, embeddings, { gain: adapter.gain });
  return { [linearAdapterNames.weight]: weight, [linearAdapterNames.bias]: bias };
}
