import type {
  Backbone,
  Conditioner,
  Dataset,
  Encoder,
  FeatureExtractor,
  ImageExample,
  MemoryBank,
  Metric,
  Solver,
  Tokenizer,
} from "@gmem/spec";
import { array, f32, GMemError, key, type NDArray, sizeOf, type Tensor, takeRows, zeros } from "@gmem/tensor";
import { pictures } from "./pictures.ts";
import { testBackbone } from "./test-backbone.ts";
import { testBank } from "./test-bank.ts";
import { testConditioner } from "./test-conditioner.ts";
import { testDataset } from "./test-dataset.ts";
import { testEncoder } from "./test-encoder.ts";
import { testFeatureExtractor } from "./test-feature-extractor.ts";
import { testMetric } from "./test-metric.ts";
import { testSolver } from "./test-solver.ts";
import { testTokenizer } from "./test-tokenizer.ts";

/** The smallest things that keep each contract. */

const linear = (): Backbone => ({
  name: "linear",
  latent: [1, 2, 2],
  hiddenSize: 3,
  config: { depth: 0 },
  frozen: ["grid"],
  init: (rng) => ({ grid: array([1, 2, 3, 4]), scale: rng.normal([4]), out: zeros([3, 4]) }),
  apply(p, x, t, c) {
    const mixed = c.matmul(p.out as Tensor).mul((p.scale as Tensor).add(p.grid as Tensor)); // [N,4]
    return {
      output: x
        .mul(t.reshape([-1, 1, 1, 1]))
        .add(1)
        .mul(mixed.reshape(x.shape)),
    };
  },
});
testBackbone("linear", linear, { zeroInit: true });

const reshaped = (t: Tensor): Tensor => t.reshape([-1, 1, 1, 1]);
const euler: Solver = {
  name: "euler",
  evaluations: 1,
  stochastic: false,
  step: (v, { x, t, tNext }) => x.add(v(x, t).mul(reshaped(tNext.sub(t)))),
};
const midpoint: Solver = {
  name: "midpoint",
  evaluations: 2,
  stochastic: false,
  step(v, { x, t, tNext }) {
    const h = tNext.sub(t);
    const middle = x.add(v(x, t).mul(reshaped(h.mul(0.5))));
    return x.add(v(middle, t.add(h.mul(0.5))).mul(reshaped(h)));
  },
};
testSolver("euler", () => euler);
testSolver("midpoint", () => midpoint);

const pixels: Tokenizer = {
  name: "pixels",
  latent: (size) => [3, size, size],
  encode: async (images) => images,
  decode: async (latents) => ({ ...latents, data: latents.data.map((value) => Math.min(1, Math.max(0, value))) }),
};
testTokenizer("pixels", () => pixels);

/** Mean of each channel in each quarter of the rows. */
const bands: Encoder = {
  name: "bands",
  id: "bands-1",
  dim: 12,
  async encode(images) {
    const [n = 0] = images.shape;
    const size = images.data.length / (n * 12);
    const mean = (_: unknown, i: number): number =>
      images.data.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0) / size;
    return array(Float32Array.from({ length: n * 12 }, mean), [n, 12]);
  },
};
testEncoder("bands", () => bands);

const seen: FeatureExtractor = {
  name: "bands",
  id: "bands-1",
  widths: { features: bands.dim },
  async extract(images) {
    const largest = images.data.reduce((most, value) => Math.max(value, most), 0);
    if (!Number.isFinite(largest)) throw new GMemError("NON_FINITE", `bands: images must be finite, got ${largest}`);
    if (largest > 1) throw new GMemError("DATA", `bands: images must be in [0, 1], got ${largest}`);
    return { features: await bands.encode(images) };
  },
};
testFeatureExtractor("bands", () => seen);

/** Mean of all features, with twice its standard error. */
const level: Metric = {
  name: "level",
  needs: { real: [], fake: ["features"] },
  measure({ fake }, context) {
    const { data, shape } = fake.features as NDArray<"f32">;
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    if (!Number.isFinite(mean)) throw new GMemError("NON_FINITE", `level: features must be finite, got ${mean}`);
    const spread = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / data.length;
    const half = (spread * 2 * context.level) / 0.95;
    return [
      {
        metric: "level",
        value: mean,
        interval: { low: mean - half, high: mean + half, method: "standard error" },
        counts: { real: 0, fake: shape[0] as number },
        options: { features: context.features.id },
        warnings: [],
      },
    ];
  },
};
testMetric("level", () => level);

const few: Dataset<ImageExample> = {
  name: "few",
  length: 3,
  async at(index) {
    if (!(Number.isInteger(index) && index >= 0 && index < 3))
      throw new GMemError("DATA", `few: an index must be 0…2, got ${index}`);
    const { data } = pictures(1, 4, index);
    return { image: array(data, [3, 4, 4]), label: index, id: `picture ${index}` };
  },
};
testDataset("few", () => few);

function axes(): MemoryBank {
  const rows: NDArray<"f32"> = array([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]);
  return {
    size: 3,
    dim: 3,
    encoderId: "bands-1",
    at: async (wanted) => takeRows(rows, wanted),
    indexOf({ data, shape }) {
      const width = sizeOf(shape.slice(1));
      const sum = (i: number): number => data.subarray(i * width, (i + 1) * width).reduce((a, b) => a + b, 0);
      return Int32Array.from({ length: shape[0] as number }, (_, i) => Math.abs(Math.floor(sum(i) * 1000)) % 3);
    },
  };
}
testBank("axes", axes);

const fromAxes: Conditioner<{ readonly row?: number }> = {
  name: "memory-bank",
  snippetDim: 3,
  output: "snippet",
  feeds: (n) => ({ s: f32(n, 3) }),
  init: () => ({}),
  parse(input) {
    const { row } = (input ?? {}) as { readonly row?: unknown };
    if (row === undefined) return {};
    if (typeof row === "number" && row >= 0 && row < 3) return { row };
    throw new GMemError("INVALID_REQUEST", `row: must be 0…2, got ${row}`);
  },
  resolve: async (noise, { row }) => ({
    s: await axes().at(row === undefined ? axes().indexOf(noise) : new Int32Array(noise.shape[0] as number).fill(row)),
  }),
  batch: async ({ index }) => ({ s: await axes().at(index) }),
  snippet: (_, feeds) => feeds.s as Tensor,
};
testConditioner("axes", () => fromAxes, {
  requests: [{}, { row: 1 }],
  refused: [{ row: 3 }, { row: "one" }],
  batch: { index: Int32Array.of(0, 2), latents: key(1).normal([2, 1, 2, 2]) },
});

/** The same, its numbers tokens as well; those that are 0 are padding. */
const withContext: typeof fromAxes = {
  ...fromAxes,
  name: "axes with context",
  contextDim: 1,
  nullFeeds: (n) => ({ s: zeros([n, 3]) }),
  context(_, feeds) {
    const s = feeds.s as Tensor; // [N,3]
    const [n = 1] = s.shape;
    return { tokens: s.reshape([n, 3, 1]), mask: s.mul(s) }; // 1 where the axis is
  },
};
testConditioner("axes with context", () => withContext, {
  requests: [{}, { row: 1 }],
  batch: { index: Int32Array.of(0, 2), latents: key(1).normal([2, 1, 2, 2]) },
});
