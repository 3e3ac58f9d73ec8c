import "@gmem/testing";
import { describe, expect, it } from "vitest";
import {
  array,
  evaluate,
  f32,
  gelu,
  grad,
  key,
  layerNorm,
  type Named,
  type NDArray,
  recomputed,
  sigmoid,
  simplify,
  split,
  sum,
  type Tensor,
  tanh,
  trace,
} from "./index.ts";

type Keep = (block: (x: Tensor) => Tensor, x: Tensor) => Tensor;
type Program = (keep: Keep, inputs: Named<Tensor>) => Tensor;

const rng = key(7);
const feeds: Named<NDArray> = {
  x: rng.split("x").normal([3, 4]),
  w: rng.split("w").normal([4, 4]),
  b: rng.split("b").normal([4]),
};
const direct: Keep = (block, x) => block(x);

function gradients(program: Program, keep: Keep): Named<NDArray> {
  const graph = trace({ feeds: { x: f32(3, 4), w: f32(4, 4), b: f32(4) } }, ({ feeds: inputs }) => {
    const loss = program(keep, inputs);
    return { fetches: { loss, ...grad(loss, inputs) } };
  });
  const plain = evaluate(graph, feeds, {}, { precision: "f64" }).fetches;
  const simple = evaluate(simplify(graph), feeds, {}, { precision: "f64" }).fetches;
  for (const [name, value] of Object.entries(plain)) expect(simple[name]).toBeAllclose(value);
  return plain;
}

const mix = (x: Tensor, w: Tensor, b: Tensor): Tensor => gelu(layerNorm(x, 1e-5).matmul(w).add(b));

const programs: Named<Program> = {
  "one block with captured parameters": (keep, { x, w, b }) =>
    sum(keep((h) => h.add(mix(h, w as Tensor, b as Tensor)), x as Tensor)),
  "blocks in a row": (keep, { x, w, b }) => {
    let h = x as Tensor;
    for (let i = 0; i < 3; i++) h = keep((inner) => inner.add(mix(inner, w as Tensor, b as Tensor)), h);
    return sum(tanh(h));
  },
  "nested blocks": (keep, { x, w, b }) =>
    sum(keep((h) => tanh(keep((inner) => mix(inner, w as Tensor, b as Tensor), h.mul(2)).add(h)), x as Tensor)),
  "a block that is a block": (keep, { x, w, b }) =>
    sum(tanh(keep((h) => keep((inner) => mix(inner, w as Tensor, b as Tensor), h), x as Tensor))),
  "captured values that depend on each other": (keep, { x, w, b }) => {
    const scale = sigmoid(b as Tensor);
    const shift = scale.mul(scale).add(b as Tensor);
    const both = (h: Tensor): Tensor =>
      h
        .mul(scale)
        .add(shift)
        .add(b as Tensor)
        .matmul(w as Tensor);
    return sum(tanh(keep(both, x as Tensor)));
  },
  "a block that captures its own input": (keep, { x }) => sum(tanh(keep((h) => h.mul(x as Tensor), x as Tensor))),
  "a block that captures parts of a split": (keep, { x, w }) => {
    const [left, right] = split((w as Tensor).mul(2), 2, 1) as readonly [Tensor, Tensor];
    return sum(keep((h) => h.matmul(left).mul(h.matmul(right)), x as Tensor));
  },
  "a block that returns the second part of a split": (keep, { x }) =>
    sum(tanh(keep((h) => split(h.mul(h), 2, 1)[1] as Tensor, x as Tensor))),
  "a block that returns its input": (keep, { x }) => sum(tanh(keep((h) => h, x as Tensor))),
  "a block that returns a parameter": (keep, { x, w }) => sum(tanh(keep(() => w as Tensor, x as Tensor))),
};

describe("recomputed", () => {
  it.each(Object.entries(programs))("gives the gradients that the plain block gives: %s", (_, program) => {
    const plain = gradients(program, direct);
    const kept = gradients(program, recomputed);
    for (const [name, value] of Object.entries(plain))
      expect(kept[name]).toBeAllclose(value, { atol: 1e-10, rtol: 1e-8 });
  });

  it("leaves the tensor that the block returns with its own gradient", () => {
    const graph = trace({ feeds: { x: f32(2) } }, ({ feeds: { x } }) => {
      const y = x.mul(3);
      return { fetches: { ...grad(sum(recomputed(() => y, x).add(y)), { x }) } };
    });
    expect(evaluate(graph, { x: array([1, 2]) }).fetches.x).toBeAllclose([6, 6]);
  });

  it("computes the block again behind the backward pass: simplify does not merge the two", () => {
    const count = (keep: Keep): number => {
      const graph = trace({ feeds: { x: f32(3, 4), w: f32(4, 4) } }, ({ feeds: { x, w } }) => {
        const loss = sum(tanh(keep((h) => tanh(tanh(h.matmul(w))), x)));
        return { fetches: { loss, ...grad(loss, { w }) } };
      });
      return simplify(graph).nodes.filter((node) => node.op === "tanh").length;
    };
    expect(count(direct)).toBe(3);
    expect(count(recomputed)).toBe(5);
  });
});
