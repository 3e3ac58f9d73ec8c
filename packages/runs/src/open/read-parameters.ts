import { existsSync } from "node:fs";
import { join } from "node:path";
import { partOf } from "@gmem/nn";
import type { VelocityModel } from "@gmem/spec";
import { checkFinite, GMemError, type Named, type NDArray, withoutPrefix } from "@gmem/tensor";
import { listCheckpoints, readCheckpoint } from "@gmem/trainer";
import { checkTensors, openSafetensors, readSafetensors } from "@gmem/weights";
import { readRunConfig } from "../folder/run-config.ts";
import type { RunFiles } from "../folder/run-files.ts";
import { checkAgreement, networkOfCheckpoint, type StoredNetwork } from "./check-agreement.ts";

/** Which parameters of a run: their average, or those of the last step. */
export type WhichWeights = "ema" | "model";

/** Parameters of a run and the file that they are from. */
export interface RunParameters {
  readonly file: string;
  readonly tensors: Named<NDArray>;
}

/** Parameters without REPA's head. */
export const withoutProjector = <T>(parameters: Named<T>): Named<T> =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => partOf(name) !== "projector"));

/**
 * The parameters of a run for its network, each compared with it: the finished average in `model.safetensors`, or what the
 * newest checkpoint holds.
 * @throws {TensorsError} code `WEIGHTS` naming every tensor that is missing, left over or of another shape.
 * @throws {GMemError} code `NON_FINITE` naming the first tensor with a value that is not finite; `WEIGHTS` if there is no file.
 */
export async function readParameters(
  files: RunFiles,
  { model, which }: { readonly model: VelocityModel; readonly which: WhichWeights },
): Promise<Named<NDArray>> {
  const { file, tensors } = await stored(files, which);
  checkTensors(tensors, model.avals(), file);
  return tensors;
}

/**
 * Every tensor of `model.safetensors`.
 * @throws {GMemError} code `NON_FINITE` naming the first that is not finite; `CONFIG` if `config.json` is of another network.
 */
export async function readModel(files: RunFiles): Promise<RunParameters & { readonly metadata: Named<string> }> {
  const { model: file } = files;
  const { tensors, metadata } = await readSafetensors(file);
  await checkConfigured(files, { file, metadata });
  return { ...finite({ file, tensors }), metadata };
}

/** The weights of a run must be of the network that its `config.json` describes. */
function checkConfigured(files: RunFiles, stored: StoredNetwork): Promise<void> {
  return checkAgreement(stored, { config: readRunConfig(files).config, source: files.config });
}

async function stored(files: RunFiles, which: WhichWeights): Promise<RunParameters> {
  if (which === "ema" && existsSync(files.model))
    return { file: files.model, tensors: withoutProjector((await readModel(files)).tensors) };
  return latestParameters(files, which);
}

/**
 * What the newest checkpoint holds, without REPA's head.
 * @throws {GMemError} code `WEIGHTS` if there is none, `NON_FINITE` naming the first tensor that is not finite; `CONFIG` if
 * `config.json` is of another network.
 */
export async function latestParameters(files: RunFiles, which: WhichWeights): Promise<RunParameters> {
  const latest = (await listCheckpoints(files.folder)).at(-1);
  if (!latest) throw new GMemError("WEIGHTS", `${files.folder}: ${withoutCheckpoint(files, which)}`);
  await checkConfigured(files, { file: latest.path, metadata: networkOfCheckpoint(latest.meta.config) });
  const own = withoutPrefix(`${which}/`, await readCheckpoint(latest));
  return finite({ file: join(latest.path, "state.safetensors"), tensors: withoutProjector(own) });
}

const withoutCheckpoint = (files: RunFiles, which: WhichWeights): string =>
  which === "model" && existsSync(files.model)
    ? "the weights of the last step must be in a checkpoint, got model.safetensors alone, their average; draw with --weights ema"
    : `needs model.safetensors or a checkpoint; train it with \`gmem-train run ${files.folder} --resume\``;

function finite(parameters: RunParameters): RunParameters {
  checkFinite(parameters.tensors, {
    where: parameters.file,
    remedy: "take an earlier checkpoint, convert again or train again",
  });
  return parameters;
}

/**
 * Names, types, shapes and metadata of a finished run's model.
 * @throws {GMemError} code `WEIGHTS` if it has none; `CONFIG` if `config.json` is of another network.
 */
export async function modelHeader(
  files: RunFiles,
): Promise<Pick<Awaited<ReturnType<typeof openSafetensors>>, "tensors" | "metadata">> {
  if (!existsSync(files.model))
    throw new GMemError(
      "WEIGHTS",
      `${files.folder}: needs model.safetensors; finish the run with \`gmem-train run ${files.folder} --resume\``,
    );
  const file = await openSafetensors(files.model);
  await file.close();
  await checkConfigured(files, { file: files.model, metadata: file.metadata });
  return file;
}
