import type { NDArray } from "../array.ts";
import type { Named } from "../aval.ts";
import { GMemError, GraphError } from "../errors.ts";
import { type Graph, makeGraph, type Node, reachable, type Tensor } from "../graph.ts";
import type { OpAttrs, OpName } from "../op.ts";
import { evaluate } from "../reference/evaluate.ts";

type Bounds = readonly [low: number, high: number];

/** One operation's indices, which the feeds decide. */
interface Fed {
  readonly op: OpName;
  readonly rows: number;
  readonly indices: Graph;
}

/**
 * What every engine holds about rows by number: an index outside the table is refused before anything is computed, since
 * devices wrap it, read zeros or stop. Indices that feeds decide are looked at on the host before each run; others must be
 * inside whatever is computed.
 * @returns the look at the feeds of one run.
 * @throws {GraphError} for indices that are computed on the device and not held inside the table.
 */
export function indexCheck(graph: Graph): (feeds: Named<NDArray>) => void {
  const fed: Fed[] = [];
  const seen = new Set<string>();
  for (const node of graph.nodes) {
    const { op } = node;
    if (op !== "gather" && op !== "scatterAdd") continue;
    const [indices, rows] = op === "gather" ? gathered(node) : scattered(node as Node<"scatterAdd">);
    const key = `${indices.node.id}:${indices.index} ${rows}`;
    const [low, high] = bounds(indices);
    if (seen.has(key) || (low >= 0 && high < rows)) continue;
    seen.add(key);
    fed.push({ op, rows, indices: fromFeeds(graph, { op, rows, indices }) });
  }
  return (feeds) => {
    for (const { op, rows, indices } of fed) {
      const given = Object.fromEntries(Object.keys(indices.feeds).map((name) => [name, feeds[name] as NDArray]));
      const values = evaluate(indices, given).fetches.indices as NDArray;
      const outside = values.data.find((row) => row < 0 || row >= rows);
      if (outside === undefined) continue;
      const from = Object.keys(indices.feeds).map((name) => `"${name}"`);
      throw new GMemError(
        "DATA",
        `run: indices of ${op}${from.length > 0 ? ` by feed ${from.join(", ")}` : ""} must be in 0…${rows - 1}, got ${outside}`,
      );
    }
  };
}

const gathered = ({ inputs: [table, indices] }: Node): readonly [Tensor, number] => [
  indices as Tensor,
  (table as Tensor).shape[0] as number,
];
const scattered = ({ inputs: [indices], attrs }: Node<"scatterAdd">): readonly [Tensor, number] => [
  indices as Tensor,
  attrs.rows,
];

/** The program of indices alone: integers all the way from feeds and constants, so that the host gets the device's numbers. */
function fromFeeds(graph: Graph, { op, rows, indices }: { op: OpName; rows: number; indices: Tensor }): Graph {
  const nodes = reachable([indices]);
  const isExact = nodes.every(
    ({ op, attrs, outputs }) =>
      (op !== "input" || (attrs as OpAttrs["input"]).role === "feed") &&
      outputs.every(({ dtype }) => dtype === "i32" || dtype === "bool"),
  );
  if (!isExact)
    throw new GraphError(
      "compile",
      `${op}: indices that the device computes must be held inside the ${rows} rows, as minimum(maximum(i, 0), ${rows - 1}) does`,
      `those of ${indices.node.op}`,
    );
  const names = Object.entries(graph.inputs.feeds).filter(([, tensor]) => nodes.includes(tensor.node));
  return makeGraph({ feeds: Object.fromEntries(names), state: {} }, { indices }, {});
}

const all: Bounds = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** Bounds of a tensor's elements, as far as its operations tell. */
function bounds(tensor: Tensor): Bounds {
  const { op, inputs, attrs, outputs } = tensor.node;
  const of = (i: number): Bounds => bounds(inputs[i] as Tensor);
  const length = (inputs[0]?.shape.at(-1) ?? 1) - 1;
  switch (op) {
    case "constant":
      return extent((attrs as OpAttrs["constant"]).value);
    case "argMax":
      return [0, length];
    case "topK":
      return outputs.indexOf(tensor) === 1 ? [0, length] : of(0);
    case "minimum":
      return [Math.min(of(0)[0], of(1)[0]), Math.min(of(0)[1], of(1)[1])];
    case "maximum":
      return [Math.max(of(0)[0], of(1)[0]), Math.max(of(0)[1], of(1)[1])];
    case "where":
      return union(of(1), of(2));
    case "pad":
      return union(of(0), [0, 0]);
    case "concat":
      return inputs.map((_, i) => of(i)).reduce(union);
    case "cast":
      return inputs[0]?.dtype === "bool" ? [0, 1] : inputs[0]?.dtype === "i32" ? of(0) : all;
    case "reshape":
    case "transpose":
    case "broadcast":
    case "slice":
    case "split":
    case "stopGradient":
    case "after":
    case "gather":
    case "reduceMax":
      return of(0);
    default:
      return all;
  }
}

const union = (a: Bounds, b: Bounds): Bounds => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];

function extent({ data }: NDArray): Bounds {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}
