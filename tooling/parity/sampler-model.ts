import { dataAtOne, velocityModel } from "@gmem/model";
import type { Sampler, SamplerInput } from "@gmem/samplers";
import type { LatentShape, Params, Prediction, VelocityModel } from "@gmem/spec";
import { array, GMemError, type NDArray, sizeOf } from "@gmem/tensor";
import type { ParityFile } from "./case.ts";
import { fedConditioner, interpolantOf, rows, tanhNetwork } from "./network.ts";

/** The network of a SiT sampler file as a model, with its parameters and the condition of its samples. */
export interface FileModel {
  readonly model: VelocityModel;
  readonly parameters: Params<NDArray>;
  readonly noise: NDArray<"f32">;
  readonly feeds: { readonly condition: NDArray };
}

const network = (file: ParityFile, prediction: Prediction) => {
  const weights = file.part("w/");
  const noise = array(Float32Array.from(file.get("in/z").data), file.get("in/z").shape);
  const latent = noise.shape.slice(1) as unknown as LatentShape;
  return { weights, noise, backbone: dataAtOne(tanhNetwork(weights, latent), { prediction }) };
};

/** SiT's files: labels pick rows of a table, which are added to the hidden layer. */
export function labelled(file: ParityFile, path: string, prediction: Prediction): FileModel {
  const { weights, noise, backbone } = network(file, prediction);
  if (prediction !== "velocity" && prediction !== "score" && prediction !== "noise")
    throw new GMemError("DATA", `${file.name}: predictions are velocity, score, noise, got "${prediction}"`);
  const interpolant = interpolantOf(path);
  const conditioner = fedConditioner(backbone.hiddenSize, "embedding");
  const model = velocityModel({ backbone, conditioner, interpolant, prediction });
  const condition = rows(weights.emb as NDArray, file.get("in/y"));
  return { model, parameters: backbone.init({} as never), noise, feeds: { condition } };
}

/** GMem's files: snippets go through the S-Adapter, whose weight [D,d] is the transpose of the file's. */
export function snippets(file: ParityFile): FileModel {
  const { weights, noise, backbone } = network(file, "velocity");
  const table = weights.emb as NDArray;
  const [dim = 0, width = 0] = table.shape;
  const weight = Float32Array.from(
    { length: sizeOf(table.shape) },
    (_, i) => table.data[(i % dim) * width + Math.floor(i / dim)] as number,
  );
  const adapter = {
    "condition_projection.linear.weight": array(weight, [width, dim]),
    "condition_projection.linear.bias": array(new Float32Array(width)),
  };
  const model = velocityModel({ backbone, conditioner: fedConditioner(dim, "snippet") });
  return {
    model,
    parameters: { ...backbone.init({} as never), ...adapter },
    noise,
    feeds: { condition: file.get("in/c") },
  };
}

/** x after every step of a run. */
export async function states(ready: Sampler, input: SamplerInput): Promise<readonly NDArray<"f32">[]> {
  const found: NDArray<"f32">[] = [];
  for await (const step of ready.steps(input)) found.push(await step.x());
  await ready.dispose();
  return found;
}
