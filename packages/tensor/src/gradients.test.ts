import "@gmem/testing";
import { type OpCase, opCases } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import {
  type Aval,
  array,
  cast,
  constant,
  evaluate,
  exp,
  type Graph,
  grad,
  gradients,
  layerNorm,
  type Named,
  type NDArray,
  type OpName,
  softmax,
  sum,
  type Tensor,
  tanh,
  trace,
} from "./index.ts";

const names = Object.keys(gradients) as OpName[];
const step = 1e-5;

const avalsOf = (inputs: readonly NDArray[]): Named<Aval> =>
  Object.fromEntries(inputs.map(({ dtype, shape }, i) => [`x${i}`, { dtype, shape }]));

const float64 = (inputs: readonly NDArray[]): Record<string, NDArray> =>
  Object.fromEntries(
    inputs.map((x, i) => [`x${i}`, x.dtype === "f32" ? array(Float64Array.from(x.data), x.shape, "f64") : x]),
  );

/** Outputs weighted by different numbers and added up. */
function weighted(outputs: Tensor | readonly Tensor[]): Tensor {
  const parts = "node" in outputs ? [outputs] : outputs;
  return parts
    .map((part, i) => {
      const size = part.shape.reduce((product, n) => product * n, 1);
      const weights = Float32Array.from({ length: size }, (_, k) => Math.sin(1 + k + i) + 1.5);
      return sum(part.mul(constant(array(weights, part.shape))));
    })
    .reduce((total, part) => total.add(part));
}

function gradientGraph({ inputs, build }: OpCase): Graph {
  return trace({ feeds: avalsOf(inputs) }, ({ feeds }) => {
    const x = inputs.map((_, i) => feeds[`x${i}`] as Tensor);
    const loss = weighted(build(...x));
    const floats = Object.fromEntries(Object.entries(feeds).filter(([, tensor]) => tensor.dtype === "f32"));
    const found = grad(loss, floats);
    return { fetches: { loss, ...Object.fromEntries(Object.entries(found).map(([name, d]) => [`d${name}`, d])) } };
  });
}

const f64 = { precision: "f64" } as const;
const lossOf = (graph: Graph, feeds: Named<NDArray>): number =>
  evaluate(graph, feeds, {}, f64).fetches.loss?.data[0] as number;

/** Central differences of the loss by each element of one input. */
function differences(graph: Graph, feeds: Record<string, NDArray>, name: string): Float64Array {
  const x = feeds[name] as NDArray;
  return Float64Array.from(x.data, (_, i) => {
    const moved = (by: number): number => {
      const data = Float64Array.from(x.data);
      data[i] = (data[i] as number) + by;
      return lossOf(graph, { ...feeds, [name]: array(data, x.shape, "f64") });
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

function check(example: OpCase): void {
  const graph = gradientGraph(example);
  const feeds = float64(example.inputs);
  const { fetches } = evaluate(graph, feeds, {}, f64);
  for (const name of Object.keys(graph.feeds).filter((feed) => graph.feeds[feed]?.dtype === "f32")) {
    const actual = fetches[`d${name}`] as NDArray;
    if (example.flat) expect(actual).toBeAllclose(new Float64Array(actual.data.length), { atol: 0, rtol: 0 });
    else expect(actual).toBeAllclose(differences(graph, feeds, name), { atol: 1e-6, rtol: 1e-6 });
  }
}

describe("the gradient of each operation is what differences give", () => {
  describe.each(names)("%s", (op) => {
    it.each(opCases[op].map((example) => [example.name, example] as const))("%s", (_, example) => {
      check(example);
      const graph = trace({ feeds: avalsOf(example.inputs) }, ({ feeds }) => {
        const out = example.build(...example.inputs.map((_, i) => feeds[`x${i}`] as Tensor));
        return { fetches: Object.fromEntries(("node" in out ? [out] : out).map((part, i) => [`y${i}`, part])) };
      });
      expect(graph.nodes.map((node) => node.op)).toContain(op);
    });
  });
});

describe("gradients of gradients", () => {
  const x = opCases.layerNorm[0]?.inputs[0] as NDArray;
  const matrix = opCases.tanh[0]?.inputs[0] as NDArray;
  it.each<readonly [string, NDArray, (x: Tensor) => Tensor]>([
    ["exp · tanh", matrix, (t) => exp(t).mul(tanh(t))],
    ["layerNorm", x, (t) => layerNorm(t, 1e-3)],
    ["softmax", x, softmax],
    ["matmul", matrix, (t) => t.matmul(t, { transposeB: true })],
    ["cast to f64", matrix, (t) => cast(tanh(cast(t, "f64")), "f32")],
  ])("%s", (name, input, f) => {
    check({ name, inputs: [input], build: (t) => tanh(grad(weighted(f(t as Tensor)), { t: t as Tensor }).t) });
  });
});
