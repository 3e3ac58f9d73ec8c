import type { Named, NDArray } from "@gmem/tensor";
import { matchWeights } from "../network/match-weights.ts";
import type { DcAeConfig } from "./config.ts";
import { dcAeOriginalName } from "./original-names.ts";
import { dcAeParameters } from "./parameters.ts";

/**
 * The parameters of a DC-AE out of a checkpoint's tensors, under their original names: of efficientvit or of diffusers.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const dcAeWeights = (config: DcAeConfig, weights: Named<NDArray>): Named<NDArray> =>
  matchWeights(weights, {
    where: "dcAeWeights",
    parameters: dcAeParameters(config),
    prefixes: [/^vae\./, /^module\./],
    ignored: /\.num_batches_tracked$/,
    place: (name) => dcAeOriginalName(name, config.encoder.downsample === "stride"),
  });
