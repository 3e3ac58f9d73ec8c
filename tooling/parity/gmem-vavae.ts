import { toBytes } from "@gmem/datasets/png";
import { array, type NDArray } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";
import { klVaeOutputs } from "./kl-vae.ts";

/** [1,3,H,W] in [−1,1] → bytes [1,H,W,3]. */
function bytes(image: NDArray): NDArray {
  const [, channels = 0, height = 0, width = 0] = image.shape;
  const unit = Float32Array.from(image.data, (value) => (value + 1) / 2);
  return array(toBytes(array(unit, [channels, height, width])).data, [1, height, width, channels]);
}

/** The autoencoder of GMem's own repository. */
export const gmemVavae: ParityCase = {
  component: "gmem_vavae",
  async run(file) {
    const { reconstruction, ...named } = klVaeOutputs(file, file.get("noise/sample")) as Record<string, NDArray>;
    const outputs = { ...named, reconstruct_mode: reconstruction, decode_uint8: bytes(named.decode as NDArray) };
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`out/${name}`, value as NDArray]));
  },
  tolerance: (_, tensor) => ({ atol: tensor === "out/decode_uint8" ? 1 : 8e-5 }),
};
