import { type MeasureOptions, measure, readSide } from "@gmem/metrics";
import type { FeatureExtractor, MetricResult } from "@gmem/spec";
import { array, key, type NDArray } from "@gmem/tensor";
import { sharpness } from "@gmem-example/sharpness";

/** Mean colour of each picture. */
const colours: FeatureExtractor = {
  name: "colours",
  id: "colours-1",
  widths: { features: 3 },
  async extract({ data, shape }) {
    const [n, , height, width] = shape as [number, number, number, number];
    const size = height * width;
    const mean = (at: number): number => data.subarray(at * size, (at + 1) * size).reduce((a, b) => a + b) / size;
    return {
      features: array(
        Float32Array.from({ length: 3 * n }, (_, at) => mean(at)),
        [n, 3],
      ),
    };
  },
};

/** Two blocks of pictures, of which a second set is darker. */
const blocks = (seed: number, light: number): NDArray<"f32">[] =>
  [0, 1].map((block) => {
    const { data, shape } = key(seed).split(block).uniform([20, 3, 8, 8]);
    return array(
      data.map((value) => light * value),
      shape,
    );
  });

/** A metric of a package of its own beside one of ours, of features of one's own. */
export async function main(): Promise<readonly MetricResult[]> {
  const options = { extractor: colours, metrics: ["fid", sharpness()] satisfies MeasureOptions["metrics"] };
  const [real, fake] = [blocks(0, 1), blocks(1, 0.5)];
  const sides = {
    real: await readSide(real, { ...options, side: "real" }),
    fake: { ...(await readSide(fake, { ...options, side: "fake" })), pictures: () => fake },
  };
  return measure(sides, { metrics: options.metrics, features: colours });
}
