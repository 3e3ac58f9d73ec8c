import { inceptionFeatures, inceptionInput, inceptionLogits } from "@gmem/metrics";
import { array, type NDArray, slice } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";
import { compute } from "./compute.ts";
import { strided } from "./strided.ts";

/** FID's Inception at a sixteenth of its width, with the pre-processing of pytorch-fid. */
export const inceptionCase: ParityCase = {
  component: "inception_fid_narrow",
  async run(file) {
    const found = compute({ feeds: { x: file.get("in/x") }, params: file.part("w/") }, ({ x }, p) => {
      const input = inceptionInput(x, "pytorch-fid"); // [N,3,299,299]
      const { block0, block1, block2, pool } = inceptionFeatures(p, input);
      const row = slice(input.add(1).mul(0.5), 2, [150, 151]); // [N,3,1,299], before scaling
      return { row, block0, block1, block2, pool, logits: inceptionLogits(p, pool) };
    }) as Record<"row" | "block0" | "block1" | "block2" | "pool" | "logits", NDArray>;
    return {
      "out/resized_row150": array(Float32Array.from(found.row.data.subarray(0, 3 * 299)), [1, 3, 299]),
      "out/block0_max1_s16": strided(found.block0, { images: 1, step: 16 }),
      "out/block1_s8": strided(found.block1, { images: 1, step: 8 }),
      "out/block2_s4": strided(found.block2, { images: 1, step: 4 }),
      "out/pool3": found.pool,
      "out/fc_logits": found.logits,
    };
  },
  tolerance: () => ({ atol: 1e-4 }),
};
