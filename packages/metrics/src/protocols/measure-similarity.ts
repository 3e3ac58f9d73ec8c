import type { MetricNumber, MetricSide } from "@gmem/spec";
import { GMemError, type NDArray } from "@gmem/tensor";
import { type SsimProtocol, structuralSimilarity } from "../images/structural-similarity.ts";
import { bootstrapInterval } from "../intervals.ts";
import type { Context } from "./context.ts";

/** SSIM of image i of one side with image i of the other. */
export async function measureSimilarity(context: Context): Promise<MetricNumber> {
  const { protocol, sides, level, seed } = context;
  const windows = protocol.similarity as SsimProtocol;
  const values: number[] = [];
  const fakes = images(sides.fake);
  for await (const real of images(sides.real)) {
    const fake = await fakes.next();
    if (fake.done) throw unequal("fewer");
    values.push(...structuralSimilarity(real, fake.value, { range: 1, protocol: windows }));
  }
  if (!(await fakes.next()).done) throw unequal("more");
  if (values.length === 0) throw new GMemError("DATA", "SSIM: needs images, got none");
  const { value, low, high } = bootstrapInterval(values, { level, seed });
  return {
    metric: "SSIM",
    value,
    interval: { low, high, method: "bootstrap over images" },
    counts: { real: values.length, fake: values.length },
    options: { range: 1, windows, pairs: "by place" },
    warnings: [],
  };
}

const unequal = (which: string): GMemError =>
  new GMemError("DATA", `SSIM: compares image by image and needs as many fake as real ones, got ${which}`);

/** One image [1,3,H,W] after the other, however blocks are cut. */
async function* images({ pictures }: MetricSide): AsyncGenerator<NDArray<"f32">> {
  for await (const { shape, data } of pictures?.() ?? []) {
    const [n = 0, ...image] = shape;
    const size = data.length / n;
    for (let i = 0; i < n; i++)
      yield { dtype: "f32", shape: [1, ...image], data: data.subarray(i * size, (i + 1) * size) };
  }
}
