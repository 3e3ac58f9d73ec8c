import type { NDArray } from "../array.ts";
import type { Aval, Named } from "../aval.ts";
import { sameShape } from "../aval.ts";
import { DTypeError, GraphError, ShapeError } from "../errors.ts";
import type { Graph, Node, Tensor } from "../graph.ts";
import { mapNamed } from "../named.ts";
import type { OpName } from "../op.ts";
import { conv } from "./conv.ts";
import { converted, elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { type Kernel, toArray, toValue, type Value } from "./kernel.ts";
import { layout } from "./layout.ts";
import { linear } from "./linear.ts";
import { reduce } from "./reduce.ts";

/** How every operation is computed in float64. */
const kernels: { readonly [O in OpName]: Kernel<O> } = {
  input: ({ attrs }) => {
    throw new GraphError("evaluate", "an input has no value of its own; feed it", `"${attrs.name}"`);
  },
  constant: ({ attrs }) => [toValue(attrs.value).data],
  ...elementwise,
  ...layout,
  ...linear,
  ...reduce,
  ...indexing,
  ...conv,
};

function compute(node: Node, inputs: readonly Value[], rounded = false): readonly Value[] {
  const results = (kernels[node.op] as Kernel<OpName>)(node, inputs);
  // integer sums and products wrap, as they do on a device
  return node.outputs.map(({ dtype, shape }, i) => {
    const data = results[i] as Float64Array;
    const isRounded = dtype === "i32" ? node.op !== "constant" : rounded && dtype === "f32";
    return { dtype, shape, data: isRounded ? converted(data, dtype) : data };
  });
}

/** The outputs of one operation on arrays; each keeps the element type that the node gives it. */
export const evaluateNode = (node: Node, inputs: readonly NDArray[]): readonly NDArray[] =>
  compute(node, inputs.map(toValue)).map((value) => toArray(value, "f32"));

export interface EvaluateOptions {
  /** `f64` returns floats unrounded, for finite differences. Default `f32`: results have the graph's element types. */
  readonly precision?: "f32" | "f64";
  /**
   * Rounds every intermediate value to its own element type, as devices do. Sums, products, quotients and square roots then
   * have a device's bits. Default false.
   */
  readonly rounded?: boolean;
}

export interface EvaluateResults {
  readonly fetches: Named<NDArray>;
  readonly nextState: Named<NDArray>;
}

/** The given arrays, checked against what the graph expects. */
function bind(where: string, avals: Named<Aval>, arrays: Named<NDArray>): readonly (readonly [string, Value])[] {
  return Object.entries(avals).map(([name, { dtype, shape }]) => {
    const given = arrays[name];
    if (!given) throw new GraphError("evaluate", `needs ${dtype} [${shape}] for ${where} "${name}"`, "nothing");
    if (!sameShape(given.shape, shape))
      throw new ShapeError("evaluate", `${where} "${name}" must be [${shape}]`, [given.shape]);
    const floats = (dtype === "f32" || dtype === "f64") && (given.dtype === "f32" || given.dtype === "f64");
    if (given.dtype !== dtype && !floats)
      throw new DTypeError("evaluate", `${where} "${name}" must be ${dtype}`, given.dtype);
    return [name, { ...toValue(given), dtype }];
  });
}

/**
 * Interprets a graph, every intermediate value in float64: slow and exact, the reference that engines are held against.
 * Feeds and state may be float64 arrays where the graph says float32.
 * @throws {GMemError} if a feed or state entry is missing (`GRAPH`), has another shape (`SHAPE`) or type (`DTYPE`).
 * @example
 * const graph = trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: exp(feeds.x) } }));
 * const { fetches } = evaluate(graph, { x: array([0, 1]) }); // y: 1, 2.718…
 */
export function evaluate(
  graph: Graph,
  feeds: Named<NDArray>,
  state: Named<NDArray> = {},
  { precision = "f32", rounded = false }: EvaluateOptions = {},
): EvaluateResults {
  const values = new Map<Tensor, Value>();
  for (const [name, value] of bind("feed", graph.feeds, feeds)) values.set(graph.inputs.feeds[name] as Tensor, value);
  for (const [name, value] of bind("state", graph.state, state)) values.set(graph.inputs.state[name] as Tensor, value);
  for (const node of graph.nodes) {
    if (node.op === "input") continue;
    const results = compute(
      node,
      node.inputs.map((tensor) => values.get(tensor) as Value),
      rounded,
    );
    node.outputs.forEach((output, i) => {
      values.set(output, results[i] as Value);
    });
  }
  const collect = (named: Named<Tensor>): Named<NDArray> =>
    mapNamed(named, (tensor) => toArray(values.get(tensor) as Value, precision));
  return { fetches: collect(graph.fetches), nextState: collect(graph.nextState) };
}
