import { doublePatch, type GridConfig, resizeGrid } from "@gmem/backbones/transfer";
import { classMeans, ridgeAdapter, tableName } from "@gmem/class-table";
import type { Bank } from "@gmem/memory-bank";
import { linearAdapterNames } from "@gmem/model";
import { type ModelPart, partOf } from "@gmem/nn";
import type { Params, VelocityModel } from "@gmem/spec";
import { type Aval, GMemError, key, type Named, type NDArray, sameShape, takeRows } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { readModel } from "../open/read-parameters.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { type StartRun, startRun } from "./start-run.ts";

/** What a new run is made of, besides its configuration. */
export interface StartParts {
  readonly model: VelocityModel;
  readonly bank?: Bank | undefined;
  readonly classes: number;
}

/**
 * Parameters of a new run out of a finished one: the backbone as it is, or brought to another patch or image size (G.4); what
 * conditions it stays if it is of the same kind. From a class table to a bank the S-Adapter is fitted (E.2).
 * @throws {GMemError} code `CONFIG` if no run is named, `WEIGHTS` if it is of another network, `BANK` if the bank is of
 * another encoder, `NON_FINITE`.
 */
export async function startFrom(
  config: RunConfig,
  { model, bank, classes }: StartParts,
): Promise<{ readonly parameters: Params<NDArray>; readonly note: string } | undefined> {
  const start = startRun(config);
  if (!start) return undefined;
  const { tensors, metadata } = await readModel(start.files);
  if (start.keepsEncoder) checkSnippets(start, { bank, encoder: metadata.encoder });
  const carried = await carriedBackbone(tensors, { from: start.config, to: config });
  checkCarried(carried, { avals: ofParts(model.avals(), (part) => !conditions(part)), start });
  const fitted = await fittedAdapter(config, { tensors, from: start.config, bank, classes });
  const result: Record<string, NDArray> = {};
  const drawn: string[] = [];
  let fresh: Params<NDArray> | undefined; // drawn only if something is new
  for (const [name, { shape }] of Object.entries(model.avals())) {
    const isNew = config.start?.encoder === "new" && partOf(name) === "S-Adapter";
    const found = isNew ? undefined : (fitted?.[name] ?? carried[name]);
    if (found && sameShape(found.shape, shape)) result[name] = found;
    else {
      fresh ??= model.init(key(config.seed).split("parameters"));
      result[name] = fresh[name] as NDArray;
      drawn.push(name);
    }
  }
  const kept = [
    ...new Set(
      Object.keys(result)
        .filter((name) => !drawn.includes(name) && !fitted?.[name])
        .map(partOf),
    ),
  ];
  return {
    parameters: result,
    note: [
      `begins with ${start.files.folder}, kept: ${[...kept, ...(start.keepsEncoder && bank ? [`encoder ${bank.encoderId}`] : [])].filter((part) => part !== "position table").join(", ")}`,
      ...(fitted ? ["S-Adapter fitted to its class table"] : []),
      ...(drawn.length > 0 ? [`new: ${drawn.join(", ")}`] : []),
    ].join("; "),
  };
}

const conditions = (part: ModelPart): boolean => part !== "backbone" && part !== "position table";

const ofParts = <T>(named: Named<T>, isWanted: (part: ModelPart) => boolean): Named<T> =>
  Object.fromEntries(Object.entries(named).filter(([name]) => isWanted(partOf(name))));

/** A kept S-Adapter takes the snippets of the encoder that it was trained with. */
function checkSnippets(
  { files }: StartRun,
  found: { readonly bank: Bank | undefined; readonly encoder: string | undefined },
): void {
  const { bank, encoder } = found;
  if (!bank || encoder === undefined || bank.encoderId === encoder) return;
  throw new GMemError(
    "BANK",
    `start.run: ${files.folder} understands the snippets of ${encoder}, got a bank of ${bank.encoderId}; encode the images with that encoder, or set start.encoder=new for a new S-Adapter`,
  );
}

/** @throws {GMemError} code `WEIGHTS` for the first tensor of the backbone that the start lacks or has in another shape. */
export function checkCarried(
  carried: Params<NDArray>,
  { avals, start }: { readonly avals: Named<Aval>; readonly start: StartRun },
): void {
  for (const [name, { shape }] of Object.entries(avals)) {
    const found = carried[name];
    if (found && sameShape(found.shape, shape)) continue;
    throw new GMemError(
      "WEIGHTS",
      `start.run: ${start.files.model} must hold "${name}" [${shape}], got ${found ? `[${found.shape}]` : "none"}; give this run the backbone of ${start.files.folder}`,
    );
  }
}

/** The backbone at the patch and the grid of the new run. */
export async function carriedBackbone(
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
