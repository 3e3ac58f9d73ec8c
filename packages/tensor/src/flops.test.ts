import { describe, expect, it } from "vitest";
import { conv2d, f32, flops, grad, softmax, sum, trace } from "./index.ts";

describe("flops", () => {
  it("counts 2·m·k·n for each product of a batch, however its operands lie", () => {
    const graph = trace(
      { feeds: { x: f32(3, 8, 16), y: f32(3, 16, 4), z: f32(3, 16, 8) } },
      ({ feeds: { x, y, z } }) => ({
        fetches: { a: x.matmul(y), b: z.matmul(y, { transposeA: true }) },
      }),
    );
    expect(flops(graph)).toBe(2 * (2 * 3 * 8 * 16 * 4));
  });

  it("counts every result of a strided, grouped convolution", () => {
    const graph = trace({ feeds: { x: f32(2, 6, 9, 9), w: f32(4, 3, 3, 3) } }, ({ feeds: { x, w } }) => ({
      fetches: { y: conv2d(x, w, { stride: 2, padding: 1, groups: 2 }) }, // [2,4,5,5]
    }));
    expect(flops(graph)).toBe(2 * (2 * 4 * 5 * 5) * (3 * 3 * 3));
  });

  it("counts a step with both gradients three times its forward pass", () => {
    const step = (differentiate: boolean) =>
      trace({ feeds: { x: f32(2, 4, 6, 6), w: f32(8, 4, 3, 3), p: f32(8, 5) } }, ({ feeds: { x, w, p } }) => {
        const h = conv2d(x, w, { padding: 1 }).reshape([2, 8, 36]).transpose([0, 2, 1]); // [2,36,8]
        const y = h.matmul(p);
        const loss = sum(softmax(y).mul(y));
        return { fetches: differentiate ? grad(loss, { x, w, p }) : { loss } };
      });
    expect(flops(step(true))).toBe(3 * flops(step(false)));
  });

  it("counts nothing else", () => {
    const graph = trace({ feeds: { x: f32(4, 4) } }, ({ feeds: { x } }) => ({ fetches: { y: softmax(x.mul(x)) } }));
    expect(flops(graph)).toBe(0);
  });
});
