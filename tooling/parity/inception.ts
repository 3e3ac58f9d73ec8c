import { inceptionFeatures, inceptionInput, inceptionLogits } from "@gmem/metrics";
import { array, GMemError, type NDArray, type Tensor } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";
import { compute } from "./compute.ts";
import { strided } from "./strided.ts";

/** Row `row` of the first images, [N,3,S]. */
function rowOf(x: NDArray, images: number, row: number): NDArray {
  const [, c = 0, height = 0, width = 0] = x.shape;
  const data = Array.from({ length: images * c }, (_, plane) =>
    Array.from(x.data.subarray((plane * height + row) * width, (plane * height + row + 1) * width)),
  );
  return array(data.flat(), [images, c, width]);
}

/** FID's Inception of any width, with the pre-processing of pytorch-fid. */
export const inceptionCase: ParityCase = {
  component: "inception_fid",
  async run(file) {
    const found = compute({ feeds: { x: file.get("in/x") }, params: file.part("w/") }, ({ x }, p) => {
      const input = inceptionInput(x, "pytorch-fid"); // [N,3,299,299]
      const { pool, ...blocks } = inceptionFeatures(p, input);
      const resized = input.add(1).mul(0.5); // [N,3,299,299], before scaling
      return { ...(blocks as Record<string, Tensor>), pool3: pool, fc_logits: inceptionLogits(p, pool), resized };
    });
    const results: Record<string, NDArray> = {};
    for (const name of file.names.filter((name) => name.startsWith("out/"))) {
      const [images = 1] = file.shapes[name] ?? [];
      const [, kind = "", row, step] =
        /^out\/(resized|block\d|pool3|fc_logits)(?:_row(\d+))?(?:_[a-z]+\d*)??(?:_s(\d+))?$/.exec(name) ?? [];
      const value = found[kind];
      if (!value)
        throw new GMemError("DATA", `${file.name}: outputs are rows, blocks, pool3 and fc_logits, got "${name}"`);
      if (row !== undefined) results[name] = rowOf(value, images, Number(row));
      else results[name] = step === undefined ? value : strided(value, { images, step: Number(step) });
    }
    return results;
  },
  tolerance: () => ({ atol: 1e-4 }),
};
