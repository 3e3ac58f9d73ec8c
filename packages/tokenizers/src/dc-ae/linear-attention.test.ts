import "@gmem/testing";
import { array, evaluate, key, type Named, type NDArray, trace } from "@gmem/tensor";
import { expect, it } from "vitest";
import type { DcAeStage } from "./config.ts";
import { linearAttention, linearAttentionParameters } from "./linear-attention.ts";

const stage: DcAeStage = { width: 64, depth: 1, block: "attention", norm: "rms", activation: "silu", scales: [5] };

const params: Named<NDArray<"f32">> = Object.fromEntries(
  Object.entries(linearAttentionParameters("a", stage)).map(([name, { shape }]) => {
    const { data } = key(5).split(name).normal(shape);
    return [
      name,
      array(
        data.map((value) => value / 4),
        shape,
      ),
    ];
  }),
);
const weight = (name: string): Float32Array => (params[`a.${name}`] as NDArray<"f32">).data;

type Planes = readonly Float64Array[];

/** Each output channel from `width` input channels of its group, through a kernel; planes are h × w. */
function convolve(x: Planes, name: string, of: { h: number; w: number; kernel: number; width: number }): Planes {
  const { h, w, kernel, width } = of;
  const weights = weight(name);
  const outputs = weights.length / (width * kernel * kernel);
  const perGroup = outputs / (x.length / width);
  return Array.from({ length: outputs }, (_, o) => {
    const plane = new Float64Array(h * w);
    for (let i = 0; i < h * w; i++)
      for (let c = 0; c < width; c++)
        for (let k = 0; k < kernel * kernel; k++) {
          const row = Math.floor(i / w) + Math.floor(k / kernel) - (kernel - 1) / 2;
          const column = (i % w) + (k % kernel) - (kernel - 1) / 2;
          if (row < 0 || row >= h || column < 0 || column >= w) continue;
          const from = x[Math.floor(o / perGroup) * width + c] as Float64Array;
          plane[i] =
            (plane[i] as number) +
            (from[row * w + column] as number) * (weights[(o * width + c) * kernel * kernel + k] as number);
        }
    return plane;
  });
}

/** The weights of every key for every query, one head after the other, then the projection and RMS over channels. */
function byHand(x: Planes, h: number, w: number): Float64Array {
  const size = h * w;
  const qkv = convolve(x, "qkv.conv.weight", { h, w, kernel: 1, width: 64 });
  const near = convolve(qkv, "aggreg.0.0.weight", { h, w, kernel: 5, width: 1 });
  const all = [...qkv, ...convolve(near, "aggreg.0.1.weight", { h, w, kernel: 1, width: 32 })];
  const outputs: Float64Array[] = [];
  for (let head = 0; head < all.length; head += 96) {
    const at = (channel: number, i: number): number => all[head + channel]?.[i] ?? 0;
    const planes = Array.from({ length: 32 }, () => new Float64Array(size));
    for (let i = 0; i < size; i++) {
      const similar = Float64Array.from({ length: size }, (_, j) => {
        let sum = 0;
        for (let c = 0; c < 32; c++) sum += Math.max(0, at(c, i)) * Math.max(0, at(32 + c, j));
        return sum;
      });
      const total = similar.reduce((sum, value) => sum + value, 1e-15);
      for (const [c, plane] of planes.entries())
        plane[i] = similar.reduce((sum, s, j) => sum + s * at(64 + c, j), 0) / total;
    }
    outputs.push(...planes);
  }
  const projected = convolve(outputs, "proj.conv.weight", { h, w, kernel: 1, width: 128 });
  const [scale, shift] = [weight("proj.norm.weight"), weight("proj.norm.bias")];
  return Float64Array.from({ length: 64 * size }, (_, index) => {
    const [c, i] = [Math.floor(index / size), index % size];
    const square = projected.reduce((sum, plane) => sum + (plane[i] as number) ** 2, 0) / 64;
    const normal = (projected[c]?.[i] as number) / Math.sqrt(square + 1e-5);
    return normal * (scale[c] as number) + (shift[c] as number);
  });
}

it.each([
  ["as a map over few pixels", 3, 5],
  ["in linear form over many", 5, 8],
])("attends at two scales %s as the sums written out do", (_, h, w) => {
  const x = key(h).normal([1, 64, h, w]);
  const graph = trace({ feeds: { x }, state: params }, ({ feeds, state }) => ({
    fetches: { y: linearAttention(state, "a", feeds.x, stage) },
  }));
  const y = evaluate(graph, { x }, params).fetches.y as NDArray;
  const planes = Array.from({ length: 64 }, (_unused, c) =>
    Float64Array.from(x.data.subarray(c * h * w, (c + 1) * h * w)),
  );
  expect(y.data).toBeAllclose(Float32Array.from(byHand(planes, h, w)), { atol: 1e-4, rtol: 1e-4 });
});
