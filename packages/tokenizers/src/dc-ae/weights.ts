import type { Named, NDArray } from "@gmem/tensor";
import { mapNames, matchWeights } from "@gmem/weights";
import { underPrefix } from "../network/under-prefix.ts";
import type { DcAeConfig } from "./config.ts";
import { dcAeOriginalName } from "./original-names.ts";
import { dcAeParameters } from "./parameters.ts";

/**
 * The parameters of a DC-AE out of a checkpoint's tensors, under their original names: of efficientvit or of diffusers.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export function dcAeWeights(config: DcAeConfig, weights: Named<NDArray>): Named<NDArray<"f32">> {
  const own = underPrefix(weights, [/^vae\./, /^module\./]);
  const strided = config.encoder.downsample === "stride";
  return matchWeights(
    mapNames(own, (name) => dcAeOriginalName(name, strided)),
    {
      where: "dcAeWeights",
      parameters: dcAeParameters(config),
      ignored: /\.num_batches_tracked$/,
    },
  );
}
