import { bootstrapInterval } from "@gmem/metrics";
import type { Metric } from "@gmem/spec";
import { checkFinite, type NDArray } from "@gmem/tensor";

/** How much neighbouring pixels of a row differ, mean over each fake picture: blurred ones have little. For `measure`. */
export function sharpness(): Metric {
  return {
    name: "sharpness",
    needs: { real: [], fake: ["pictures"] },
    async measure({ fake }, { level, seed }) {
      const values: number[] = [];
      for await (const block of fake.pictures?.() ?? []) {
        checkFinite({ pictures: block }, { where: "sharpness" });
        values.push(...differences(block));
      }
      const { value, low, high } = bootstrapInterval(values, { level, seed });
      return [
        {
          metric: "sharpness",
          value,
          interval: { low, high, method: "bootstrap over images" },
          counts: { real: 0, fake: values.length },
          seed,
          options: { neighbours: "in a row", range: 1 },
          warnings: [],
        },
      ];
    },
  };
}

/** Mean of |x[i + 1] − x[i]| along the rows of each picture [3,H,W]. */
function differences({ data, shape }: NDArray<"f32">): number[] {
  const [n, channels, height, width] = shape as [number, number, number, number];
  const size = channels * height * width;
  return Array.from({ length: n }, (_, image) => {
    let sum = 0;
    for (let at = image * size + 1; at < (image + 1) * size; at++)
      if (at % width !== 0) sum += Math.abs((data[at] as number) - (data[at - 1] as number));
    return sum / (channels * height * (width - 1));
  });
}
